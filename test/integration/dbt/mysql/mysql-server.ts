import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createConnection } from "mysql2/promise";
import { freePort } from "../../../../local/free-port.ts";
import { batonHome } from "../../../../local/paths.ts";
import type { WarehouseConfig } from "../../../../shared/config/warehouse-config.ts";

const usr = join(batonHome, "mysql/usr");
const libraries = join(usr, "lib", process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu");
const loader = join(libraries, process.arch === "arm64" ? "ld-linux-aarch64.so.1" : "ld-linux-x86-64.so.2");
const START_MS = 60_000;

/** True if `fetch` has downloaded a MySQL server. */
export const hasMysql = existsSync(join(usr, "sbin/mysqld"));

/** A private MySQL server with empty data on a free port of 127.0.0.1. */
export interface MysqlServer {
  config: Omit<WarehouseConfig, "schemaPrefix">;
  stop(): Promise<void>;
}

/** Starts a server; it ends with this process at the latest. */
export async function startMysql(): Promise<MysqlServer> {
  const folder = mkdtempSync(join(tmpdir(), "baton-mysql-"));
  const port = await freePort();
  const command = [
    ...[
      "--library-path",
      `${libraries}:${join(libraries, "mysql/private")}`,
      join(usr, "sbin/mysqld"),
      "--no-defaults",
    ],
    ...[`--basedir=${usr}`, `--datadir=${join(folder, "data")}`, `--lc-messages-dir=${join(usr, "share/mysql")}`],
    ...[`--plugin-dir=${join(usr, "lib/mysql/plugin")}`, "--user=root", "--secure-file-priv=", "--mysqlx=0"],
    ...["--bind-address=127.0.0.1", `--port=${port}`, `--socket=${join(folder, "s")}`, "--skip-log-bin"],
    ...["--pid-file=pid", "--innodb-buffer-pool-size=256M", "--innodb-flush-log-at-trx-commit=2"],
  ];
  execFileSync(loader, [...command, "--initialize-insecure"], { stdio: "ignore" });
  const child = spawn(loader, command, { stdio: "ignore" });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const config = { host: "127.0.0.1", port, user: "root", password: "", tls: "disabled" } as const;
  await untilReady(config);
  return {
    config,
    async stop() {
      process.removeListener("exit", kill);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady({ host, port, user }: { host: string; port: number; user: string }): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const connection = await createConnection({ host, port, user });
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(200);
    }
  }
}
