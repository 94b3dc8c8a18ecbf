import { spawn } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mysql, { type RowDataPacket } from "mysql2/promise";
import { startDatabase, type DatabaseServer } from "../../../local/database-server.ts";
import { engineNames, engines } from "../../../local/engine.ts";
import { runningService, startService, waitUntilReady } from "../../../local/service-process.ts";
import { readServer } from "../../../shared/warehouse/identity/read-server.ts";
import { testServices } from "../../support/services.ts";

async function ask(server: DatabaseServer, sql: string): Promise<RowDataPacket[]> {
  const { host, port, user, password } = server;
  const connection = await mysql.createConnection({ host, port, user, password });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

async function readIdentity({ host, port, user, password }: DatabaseServer): Promise<string> {
  const connection = await mysql.createConnection({ host, port, user, password });
  return readServer(connection, host)
    .then(({ name }) => name)
    .finally(() => connection.end());
}

async function hasEnded(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 150; tries += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await wait(100);
  }
  return false;
}

describe.each(engines)("a private server of %s", (engine) => {
  let folder: string;

  beforeEach(async () => {
    // with spaces, non-ASCII letters, and longer than the maximum path of a socket
    folder = await mkdtemp(join(testServices().folder, `serveur à 東京 ${"x".repeat(100)}-`));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("keeps data, port, password and identity over a restart, and uses the given settings", async () => {
    const first = await startDatabase({ folder, engine, parentPid: process.pid });
    await ask(first, "CREATE DATABASE kept");
    const identity = await readIdentity(first);
    await first.stop();

    const settings = { "max-connections": "17" };
    const second = await startDatabase({ folder, engine, settings, parentPid: process.pid });

    expect(second).toMatchObject({ port: first.port, password: first.password, host: "127.0.0.1" });
    expect(identity).toMatch(/^(report_host=baton-local|server_uuid)[=-][0-9a-f-]{36}$/);
    expect(await readIdentity(second)).toEqual(identity);
    expect(await ask(second, "SHOW DATABASES LIKE 'kept'")).toHaveLength(1);
    expect(await ask(second, "SELECT @@max_connections AS value")).toEqual([{ value: 17 }]);
    await second.stop();
    expect(await runningService(folder)).toBeUndefined();
  });

  it("listens only on 127.0.0.1, requires the password, and can load local files", async () => {
    const server = await startDatabase({ folder, engine, parentPid: process.pid });

    expect(await ask(server, "SELECT @@bind_address AS address, @@local_infile AS local_files")).toEqual([
      { address: "127.0.0.1", local_files: 1 },
    ]);
    for (const user of ["root", "baton", ""]) {
      await expect(ask({ ...server, user, password: "" }, "SELECT 1")).rejects.toThrow(/denied/i);
    }
    await server.stop();
  });

  it("leaves alone the temporary tables of other servers when it creates its data", async () => {
    const temporary = join(tmpdir(), `#sql-temptable-${process.pid}-${engine}-1.MAI`);
    await writeFile(temporary, "");

    const server = await startDatabase({ folder, engine, parentPid: process.pid });

    await server.stop();
    await expect(rm(temporary)).resolves.toBeUndefined();
  });

  it("starts despite the pid file of a crashed server", async () => {
    const server = await startDatabase({ folder, engine, parentPid: process.pid });
    const pid = Number(await readFile(join(folder, "service.pid"), "utf8"));
    process.kill(-pid, "SIGKILL");
    expect(await hasEnded(pid)).toBe(true);
    // a process ID that another process may have reused
    await writeFile(join(folder, "service.pid"), String(process.pid));

    const again = await startDatabase({ folder, engine, parentPid: process.pid });

    expect(await ask(again, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await again.stop();
    expect(again.port).toBe(server.port);
  });

  it("shows the server's error when it does not start", async () => {
    const settings = { "innodb-page-size": "5" };

    const error: unknown = await startDatabase({ folder, engine, settings, parentPid: process.pid }).catch(
      (e: unknown) => e,
    );

    expect(error).toMatchObject({ code: "SERVICE_NOT_STARTED" });
    expect(String(error)).toContain("innodb");
  });

  it("refuses a folder with data of the other engine, and says which engine created them", async () => {
    const other = engines.find((name) => name !== engine);
    await (await startDatabase({ folder, engine, parentPid: process.pid })).stop();

    await expect(startDatabase({ folder, ...(other && { engine: other }) })).rejects.toMatchObject({
      code: "ENGINE_MISMATCH",
      message: expect.stringContaining(`has data of ${engineNames[engine]}`) as string,
    });
  });
});

describe("a service that is tied to a process", () => {
  it("ends with the process, including its child processes, even if the process was killed", async () => {
    const folder = await mkdtemp(join(testServices().folder, "service-"));
    // simulates a test run that is killed
    const owner = spawn("sleep", ["600"]);
    const pid = await startService({
      name: "a service",
      command: "bash",
      args: ["-c", "sleep 600 & echo $! > child.pid; wait"],
      env: { PATH: process.env["PATH"], BATON_SERVICE: folder },
      folder,
      parentPid: owner.pid,
    });
    const childFile = join(folder, "child.pid");
    const childPid = async (): Promise<number> => Number(await readFile(childFile, "utf8").catch(() => ""));
    await waitUntilReady({ name: "a service", folder }, async () => (await childPid()) > 0, 5_000);

    owner.kill("SIGKILL");

    expect(await hasEnded(pid)).toBe(true);
    expect(await hasEnded(await childPid())).toBe(true);
  });
});
