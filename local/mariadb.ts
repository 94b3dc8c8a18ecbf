import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import mysql from "mysql2/promise";
import { LOCAL_SERVER_PREFIX } from "../shared/warehouse/identity/read-server.ts";
import { freePort } from "./free-port.ts";
import { batonHome } from "./paths.ts";
import { runProgram } from "./run-program.ts";
import { runningService, startService, stopService, waitUntilReady } from "./service-process.ts";

/** A private MariaDB server: its own data, socket and port on 127.0.0.1. */
export interface Mariadb {
  host: string;
  port: number;
  user: string;
  password: string;
  url: string;
  stop(): Promise<void>;
}

/** Options of a server. */
export interface MariadbOptions {
  /** Folder for data, socket, log and password; created if missing. */
  folder: string;
  /** Server options by name, such as `{ "innodb-flush-log-at-trx-commit": "1" }`. */
  settings?: Readonly<Record<string, string>>;
  /** Process ID: the server stops when this process ends; for tests. */
  diesWith?: number | undefined;
}

const USER = "baton";
const START_MS = 60_000;

/** Fast settings for one machine; benchmarks set durable ones instead. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "innodb-buffer-pool-size": "512M",
  "innodb-log-file-size": "256M",
  "innodb-flush-log-at-trx-commit": "2",
  "max-allowed-packet": "256M",
  "max-connections": "200",
  "local-infile": "1",
  "character-set-server": "utf8mb4",
  "collation-server": "utf8mb4_unicode_ci",
};

const unpacked = join(batonHome, "mariadb", "usr");

/** The folder of MariaDB's programs: those that set-up unpacked, else those of the machine. */
function programs(): { bin: (name: string) => string; basedir: string | undefined; env: NodeJS.ProcessEnv } {
  if (!existsSync(join(unpacked, "sbin/mariadbd")))
    return { bin: (name) => name, basedir: undefined, env: process.env };
  const architecture = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  const libraries = [join(unpacked, "lib", architecture), process.env["LD_LIBRARY_PATH"] ?? ""];
  return {
    bin: (name) => join(unpacked, name === "mariadbd" ? "sbin" : "bin", name),
    basedir: unpacked,
    env: { ...process.env, LD_LIBRARY_PATH: libraries.filter((path) => path !== "").join(delimiter) },
  };
}

/** Command and environment of a MariaDB client program, such as `mariadb` or `mariadb-dump`. */
export function mariadbProgram(name: string): { command: string; env: NodeJS.ProcessEnv } {
  const { bin, env } = programs();
  return { command: bin(name), env };
}

/**
 * Starts a private MariaDB, or returns the one that already runs in the folder. Never touches another server.
 *
 * @throws PermanentError SERVICE_NOT_STARTED with the end of the server's log
 */
export async function startMariadb(options: MariadbOptions): Promise<Mariadb> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  const password = await keptValue(join(folder, "password"), () =>
    Promise.resolve(randomBytes(18).toString("base64url")),
  );
  // stored, so that addresses stay valid after a restart
  const port = Number(await keptValue(join(folder, "port"), async () => String(await freePort())));
  const server: Mariadb = {
    host: "127.0.0.1",
    port,
    user: USER,
    password,
    url: `mysql://${USER}:${password}@127.0.0.1:${port}`,
    async stop() {
      await stopService(folder);
    },
  };
  if ((await runningService(folder)) === undefined) await start(server, options);
  await waitUntilReady({ name: "MariaDB", folder }, () => answers(server), START_MS);
  return server;
}

async function keptValue(path: string, make: () => Promise<string>): Promise<string> {
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept !== "") return kept;
  const made = await make();
  await writeFile(path, made, { mode: 0o600 });
  return made;
}

async function start(server: Mariadb, { folder, settings = {}, diesWith }: MariadbOptions): Promise<void> {
  const { bin, basedir, env } = programs();
  const data = join(folder, "data");
  const user = userInfo().username;
  // mariadbd runs as root only with this option
  const identity = user === "root" ? ["--user=root"] : [];
  const base = basedir === undefined ? [] : [`--basedir=${basedir}`, `--lc-messages-dir=${basedir}/share/mysql`];
  if (!existsSync(join(data, "mysql"))) await install(bin("mariadb-install-db"), { data, basedir, identity, env });
  const init = join(folder, "init.sql");
  await writeFile(init, initSql(server.password), { mode: 0o600 });
  await rm(join(folder, "mariadb.sock"), { force: true });
  const options = Object.entries({ ...DEFAULTS, ...settings }).map(([name, value]) => `--${name}=${value}`);
  await startService({
    name: "MariaDB",
    command: bin("mariadbd"),
    args: [
      "--no-defaults",
      ...base,
      ...identity,
      `--datadir=${data}`,
      // relative to the data directory, because a socket's path may have at most 107 bytes
      "--socket=../mariadb.sock",
      `--port=${server.port}`,
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      "--skip-log-bin",
      `--pid-file=${join(folder, "mariadb.pid")}`,
      `--tmpdir=${folder}`,
      `--report-host=${await serverName(data)}`,
      `--init-file=${init}`,
      ...options,
    ],
    env: { ...env, BATON_SERVICE: folder },
    folder,
    diesWith,
  });
}

/** The server's identity (read-server.ts). Stored in the data directory, because it identifies the data. */
async function serverName(data: string): Promise<string> {
  return keptValue(join(data, "baton-server-name"), () => Promise.resolve(LOCAL_SERVER_PREFIX + randomUUID()));
}

/** Creates the data directory. Uses symbolic links, because MariaDB's script does not quote paths with spaces. */
async function install(
  command: string,
  {
    data,
    basedir,
    identity,
    env,
  }: { data: string; basedir: string | undefined; identity: string[]; env: NodeJS.ProcessEnv },
): Promise<void> {
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  const folder = /\s/.test(tmpdir()) ? "/tmp" : tmpdir();
  const links = await mkdtemp(join(folder, "baton-"));
  const [server, target] = [join(links, "server"), join(links, "data")];
  try {
    await symlink(data, target);
    if (basedir !== undefined) await symlink(basedir, server);
    const base = basedir === undefined ? [] : [`--basedir=${server}`, `--lc-messages-dir=${server}/share/mysql`];
    const args = ["--no-defaults", ...base, ...identity, `--datadir=${target}`, "--skip-test-db"];
    const program = basedir === undefined ? command : join(server, "bin", "mariadb-install-db");
    await runProgram(program, [...args, "--auth-root-authentication-method=normal"], { env });
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}

function initSql(password: string): string {
  const accounts = [`'${USER}'@'127.0.0.1'`, `'${USER}'@'localhost'`];
  return accounts
    .flatMap((account) => [
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
      `ALTER USER ${account} IDENTIFIED BY '${password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION;`,
    ])
    .concat(
      "ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;",
      // the installation creates these users without a password
      "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
      "FLUSH PRIVILEGES;\n",
    )
    .join("\n");
}

async function answers({ host, port, user, password }: Mariadb): Promise<boolean> {
  const connection = await mysql.createConnection({ host, port, user, password, connectTimeout: 2_000 });
  await connection.query("SELECT 1");
  await connection.end();
  return true;
}
