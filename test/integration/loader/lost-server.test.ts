/** @bothEngines */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import { startDatabase, type DatabaseServer } from "../../../local/database-server.ts";
import { runningService } from "../../../local/service-process.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { startLoad, type LoadProcess } from "./support/load-process.ts";
import { markedDump } from "./support/marked-dump.ts";

/** Time after which a load counts as hanging. */
const ENDS_WITHIN_MS = 15_000;

const RECORDED = "SELECT signature FROM edited_next._baton_live";

describe("a load with a failing server", () => {
  let folder: string;
  let dump: string;
  let server: DatabaseServer;
  let warehouse: WarehouseConfig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-lost-"));
    dump = join(folder, "dump.sql");
    await writeFile(dump, markedDump("new").text);
  });
  beforeEach(async () => {
    server = await startDatabase({
      folder: join(folder, "database"),
      settings: { "innodb-buffer-pool-size": "64M", "innodb-log-file-size": "32M" },
      parentPid: process.pid,
    });
    const { host, port, user, password } = server;
    warehouse = { host, port, user, password, tls: "disabled", schemaPrefix: "" };
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Waits until the load is in progress: its notes contain a table. */
  const untilLoading = async (schema: string): Promise<void> => {
    const connection = await connect(warehouse);
    for (let turn = 0; turn < 400; turn += 1) {
      const [rows] = await connection
        .query<RowDataPacket[]>(`SELECT 1 FROM ${schema}_next._baton_load LIMIT 1`)
        .catch(() => [[]] as [RowDataPacket[]]);
      if (rows.length > 0) break;
      await wait(25);
    }
    await connection.end();
  };
  const endsInTime = async (load: LoadProcess): Promise<{ code: number | null; stderr: string }> => {
    const late = wait(ENDS_WITHIN_MS, undefined, { ref: false }).then(() => {
      load.kill("SIGKILL");
      return { code: null, stderr: `still alive after ${ENDS_WITHIN_MS} ms` };
    });
    return Promise.race([load.ended, late]);
  };
  const signalServer = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = await runningService(join(folder, "database"));
    if (pid === undefined) throw new Error("the server does not run");
    process.kill(pid, signal);
  };

  it("ends on SIGTERM even if the server does not answer", async () => {
    const load = startLoad(warehouse, dump, "stopped");
    await untilLoading("stopped");
    await signalServer("SIGSTOP");
    try {
      load.kill("SIGTERM");

      expect(await endsInTime(load)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("stopped by SIGTERM") as string,
      });
    } finally {
      await signalServer("SIGCONT");
    }
  });

  it("ends when a table is refused while other connections wait for locks", async () => {
    const refused = join(folder, "refused.sql");
    await writeFile(
      refused,
      `${markedDump("new").text}CREATE TABLE b1 (a tinyint);\nINSERT INTO b1 VALUES (1),(300);\n`,
    );
    const lock = await connect(warehouse);
    await lock.query("CREATE DATABASE refused_next");
    for (const table of ["a5", "a9"]) {
      await lock.query(`CREATE TABLE refused_next.${table} (id int)`);
    }
    await lock.query("LOCK TABLES refused_next.a5 WRITE, refused_next.a9 WRITE");

    const outcome = await endsInTime(startLoad(warehouse, refused, "refused", "--connections", "4"));

    await lock.end();
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/DUMP_DATA: .* table b1: .*Out of range/) as string,
    });
  });

  it.each([
    ["a missing privilege", "GRANT ALL ON own_next._baton_load TO limited", /INSERT command denied.*next: GRANT/s],
    ["a read-only server", "SET GLOBAL read_only = 1", /read-only.*writer endpoint/s],
  ])("reports a server error, not a dump error, for %s", async (_, cause, expected) => {
    const admin = await connect(warehouse);
    for (const sql of [
      "DROP USER IF EXISTS limited",
      "CREATE USER limited IDENTIFIED BY 'x'",
      "DROP DATABASE IF EXISTS own_next",
      "CREATE DATABASE own_next COLLATE utf8mb4_unicode_ci",
      "GRANT SELECT, CREATE, DROP ON own_next.* TO limited",
      cause,
    ])
      await admin.query(sql);

    const outcome = await endsInTime(startLoad({ ...warehouse, user: "limited", password: "x" }, dump, "own"));

    await admin.query("SET GLOBAL read_only = 0");
    await admin.end();
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(expected);
    expect(outcome.stderr).not.toMatch(/new dump|DUMP_/);
  });

  it("ends when the server dies, and completes when it is available again", async () => {
    const load = startLoad(warehouse, dump, "killed");
    await untilLoading("killed");
    await signalServer("SIGKILL");

    const outcome = await endsInTime(load);

    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/error /);
    while ((await runningService(join(folder, "database"))) !== undefined) await wait(25);
    server = await startDatabase({ folder: join(folder, "database"), parentPid: process.pid });
    expect(await endsInTime(startLoad(warehouse, dump, "killed"))).toMatchObject({ code: 0 });
  });

  it("loads a table again that was edited before the server restarted and lost the time of the edit", async () => {
    const location = join(folder, "edited.sql");
    await writeFile(location, "CREATE TABLE t (id int PRIMARY KEY, v text);\nINSERT INTO t VALUES (1,'dump');\n");
    const schemas = { live: "edited", next: "edited_next", backup: "edited_backup" };
    const load = async (): Promise<unknown> =>
      (await loadAndPublish({ location, warehouse, schemas, verify: "counts" })).tables.map(({ state }) => state);
    const query = async (sql: string): Promise<unknown> => {
      const connection = await connect(warehouse);
      const [rows] = await connection.query(sql);
      await connection.end();
      return rows;
    };
    await load();
    // until the record needs no checksum, because the change time is in the past
    while (String(await load()) !== "kept" || JSON.stringify(await query(RECORDED)).includes("#")) await wait(200);
    await query("UPDATE edited.t SET v = 'hand'");
    await server.stop();
    server = await startDatabase({ folder: join(folder, "database"), parentPid: process.pid });

    expect(await load()).toEqual(["loaded"]);
    expect(await query("SELECT v FROM edited.t")).toEqual([{ v: "dump" }]);
  });
});
