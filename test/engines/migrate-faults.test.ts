import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { startDatabase, type DatabaseServer } from "../../local/database-server.ts";
import { engines, type Engine } from "../../local/engine.ts";
import { runningService } from "../../local/service-process.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { compareWarehouses } from "../../shared/copy/compare-warehouses.ts";
import {
  copyWarehouse,
  type CopyOptions,
  type CopyReport,
  type SchemaToCopy,
} from "../../shared/copy/copy-warehouse.ts";
import { switchBack, switchWarehouse, type SwitchReport } from "../../shared/copy/switch-warehouse.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { listSessions } from "../../shared/warehouse/connection/list-sessions.ts";
import { waitFor } from "../support/wait-for.ts";
import { testWarehouse, type TestWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 120_000;
/** Several ranges. */
const MANY = 120_000;

/** Servers that the tests restart and fill; in different time zones. */
const SETTINGS: Readonly<Record<Engine, Readonly<Record<string, string>>>> = {
  mariadb: { "default-time-zone": "+09:00" },
  mysql: { "default-time-zone": "-05:00", "performance-schema": "ON" },
};

// @slow: servers of its own are stopped and filled in the middle of moves
describe.each([
  ["mariadb", "mysql"],
  ["mysql", "mariadb"],
] as const)("a disturbed move from %s to %s", (fromEngine, toEngine) => {
  const servers = new Map<Engine, { folder: string; database: DatabaseServer }>();
  let from: TestWarehouse;
  let to: TestWarehouse;

  const startServer = async (engine: Engine, folder: string): Promise<DatabaseServer> =>
    startDatabase({
      ...{ folder, engine, parentPid: process.pid },
      settings: { "innodb-buffer-pool-size": "64M", "innodb-log-file-size": "32M", ...SETTINGS[engine] },
    });

  beforeAll(async () => {
    for (const engine of engines) {
      const folder = await mkdtemp(join(batonHome, "test-move-"));
      servers.set(engine, { folder, database: await startServer(engine, folder) });
    }
    from = testWarehouse(serverOf(fromEngine).database);
    to = testWarehouse(serverOf(toEngine).database, from.prefix);
    const { pool } = await openLedger(from.config, { deployment: "1/here/test" });
    await pool.end();
    const connection = await connect(from.config);
    await connection.query(
      `CREATE DATABASE ${from.prefix}staging DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
    );
    await connection.query(`USE ${from.prefix}staging`);
    await connection.query("CREATE TABLE few (id int PRIMARY KEY, at timestamp NULL, day datetime(3))");
    await connection.query(
      "INSERT INTO few VALUES (1, '2026-02-07 00:00:00', '2026-02-07 00:00:00.5'), (2, NULL, NULL)",
    );
    await connection.query("CREATE TABLE many (id int PRIMARY KEY, note varchar(200), KEY by_note (note))");
    const rows = Array.from({ length: MANY }, (_, id) => [id + 1, `${id % 1000} ${"x".repeat(id % 90)}`]);
    await connection.query("INSERT INTO many VALUES ?", [rows]);
    await connection.end();
  }, TIMEOUT_MS);
  afterAll(async () => {
    for (const { pool } of [from, to]) await pool.end();
    for (const { folder, database } of servers.values()) {
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    }
    servers.clear();
  });

  const serverOf = (engine: Engine): { folder: string; database: DatabaseServer } => {
    const server = servers.get(engine);
    if (server === undefined) throw new Error(`${engine} was not started`);
    return server;
  };
  const schemas = (): SchemaToCopy[] => [
    { name: `${from.prefix}staging`, changes: "by-publication" },
    { name: `${from.prefix}pipeline`, changes: "constantly" },
  ];
  const copy = (more: Partial<CopyOptions> = {}): Promise<CopyReport> =>
    copyWarehouse({
      ...{ from: from.config, to: to.config, connections: 2, existing: "refuse", signal: new AbortController().signal },
      ...{ schemas: schemas(), onProgress: () => undefined, onRepeat: () => undefined },
      ...more,
    });
  const areEqual = async (): Promise<boolean> => {
    const options = { from: from.config, to: to.config, connections: 1, signal: new AbortController().signal };
    return (await compareWarehouses({ ...options, schemas: [`${from.prefix}staging`], onRows: () => undefined })).equal;
  };
  const move = () => ({ from: from.config, to: to.config, layers: ["staging"], by: "ann@desk" });
  const doSwitch = (): Promise<SwitchReport> =>
    switchWarehouse({
      ...{ ...move(), schemas: schemas(), connections: 2, signal: new AbortController().signal },
      ...{ onProgress: () => undefined, onRepeat: () => undefined },
    });
  const answerOf = ({ config }: TestWarehouse): Promise<string> =>
    openLedger(config, { deployment: "1/here/test" }).then(
      ({ pool }) => pool.end().then(() => "accepted"),
      (error: unknown) => (error as { code: string }).code,
    );
  /** A command of the CLI; `--json` where it succeeds. */
  const baton = async (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const url = ({ config: { user, host, port } }: TestWarehouse): string => `mysql://${user}@${host}:${port}`;
    const child = spawn(
      process.execPath,
      [
        ...[join(projectRoot, "cli/bin.ts"), "migrate", ...words],
        ...["--from", url(from), "--to", url(to), "--schema-prefix", from.prefix, "--json"],
      ],
      { env: { ...process.env, BATON_FROM_PASSWORD: from.config.password, BATON_TO_PASSWORD: to.config.password } },
    );
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    const code = await new Promise<number>((resolve) => child.once("close", resolve));
    return { code, ...output };
  };

  it.each([
    ["source", fromEngine],
    ["target", toEngine],
  ] as const)(
    "continues after the %s was killed and started again in the middle of a copy",
    async (_side, engine) => {
      await from.pool.query(`UPDATE ${from.prefix}staging.many SET note = CONCAT('${engine}', id)`);
      const { folder } = serverOf(engine);
      const pid = (await runningService(folder)) ?? 0;
      let wasKilled = false;

      const copied = copy({
        onProgress({ rows }) {
          if (rows === 0 || wasKilled) return;
          wasKilled = true;
          process.kill(-pid, "SIGKILL");
        },
      });

      await expect(copied).rejects.toThrow();
      await waitFor("the server to end", async () => (await runningService(folder)) === undefined);
      await startServer(engine, folder);
      const report = await copy();
      expect(report.tables.filter(({ name }) => name === "many")).toEqual([
        expect.objectContaining({ rows: MANY, state: expect.stringMatching(/copied|resumed/) as string }),
      ]);
      expect(await areEqual()).toBe(true);
    },
    TIMEOUT_MS,
  );

  it("keeps the moment of a TIMESTAMP and the text of a DATETIME between servers in different time zones", async () => {
    const read = async ({ pool }: TestWarehouse): Promise<unknown> =>
      (
        await pool.query(
          `SELECT @@GLOBAL.time_zone AS zone, UNIX_TIMESTAMP(at) AS at, CAST(day AS CHAR) AS day FROM ${from.prefix}staging.few WHERE id = 1`,
        )
      )[0];
    const expected = { at: Date.UTC(2026, 1, 7) / 1000, day: "2026-02-07 00:00:00.500" };

    expect(await read(from)).toEqual([{ ...expected, zone: SETTINGS[fromEngine]["default-time-zone"] }]);
    expect(await read(to)).toEqual([{ ...expected, zone: SETTINGS[toEngine]["default-time-zone"] }]);
  });

  describe("after a switch", () => {
    const dashboard = "board";
    const retire = async (...words: string[]): Promise<{ code: number; text: string }> => {
      const { code, stdout, stderr } = await baton("retire", ...words);
      return { code, text: code === 0 ? stdout : stderr };
    };
    const NOW = ["--after", "0m", "--allow-short"];

    beforeAll(async () => {
      await from.pool.query(`CREATE USER ${dashboard}@'127.0.0.1' IDENTIFIED BY 'p'`);
      await doSwitch();
    }, TIMEOUT_MS);

    it(
      "removes nothing before the time has passed, or while anybody uses the source",
      async () => {
        if (fromEngine === "mariadb") {
          expect((await retire(...NOW)).text).toMatch(/RETIRE_UNKNOWN[^]*userstat/);
          await from.pool.query("SET GLOBAL userstat = ON");
          expect((await retire(...NOW)).text).toMatch(/RETIRE_UNKNOWN.*they are counted from/);
        }
        expect(await retire("--after", "1h")).toMatchObject({
          text: expect.stringContaining("--allow-short") as string,
        });
        expect((await retire()).text).toContain("RETIRE_TOO_EARLY");
        expect(JSON.parse((await retire(...NOW)).text)).toMatchObject({ isDropped: false });

        const reader = await connect({ ...from.config, user: dashboard, password: "p" });
        expect((await retire(...NOW)).text).toContain(`connected now: ${dashboard}@127.0.0.1`);
        expect(await retire(...NOW, "--ignore", dashboard)).toMatchObject({ code: 0 });
        await reader.end();
        await waitFor("the session to end", async () =>
          (await listSessions(from.pool)).every(({ user }) => user !== dashboard),
        );
        expect((await retire(...NOW, "--drop", "--yes")).text).toMatch(
          /RETIRE_IN_USE: connected since .*board.* \(1\)/,
        );
        expect(await retire(...NOW)).toMatchObject({ code: 0 });
        expect((await retire(...NOW, "--drop")).text).toContain("--yes");
        expect(await areEqual()).toBe(true);
      },
      TIMEOUT_MS,
    );

    it("neither goes back nor switches again when the target was moved to a third server", async () => {
      const mark = (place: string | null): Promise<unknown> =>
        to.pool.query(`UPDATE ${from.prefix}pipeline.target SET retired_to = ?`, [place]);
      await mark("third.example:3306");

      const retired = { code: "TARGET_RETIRED", message: expect.stringContaining("third.example") as string };
      await expect(switchBack(move())).rejects.toMatchObject(retired);
      await expect(doSwitch()).rejects.toMatchObject(retired);
      expect([await answerOf(from), await answerOf(to)]).toEqual(["TARGET_RETIRED", "TARGET_RETIRED"]);
      await mark(null);
    });

    it(
      "removes the data, and an old configuration still gets TARGET_RETIRED",
      async () => {
        const dropped = await retire(...NOW, "--drop", "--yes");

        expect(JSON.parse(dropped.text)).toMatchObject({
          isDropped: true,
          schemas: expect.arrayContaining([
            expect.objectContaining({ name: `${from.prefix}staging`, tables: 2 }),
          ]) as unknown,
        });
        const [left] = await from.pool.query<RowDataPacket[]>(`SHOW DATABASES LIKE '${from.prefix}%'`);
        expect(left.flatMap((row) => Object.values(row) as string[])).toEqual([`${from.prefix}pipeline`]);
        expect([await answerOf(from), await answerOf(to)]).toEqual(["TARGET_RETIRED", "accepted"]);
        await expect(switchBack(move())).rejects.toMatchObject({ code: "COPY_SOURCE_DROPPED" });
        expect(await retire(...NOW, "--drop", "--yes")).toMatchObject({ code: 0 });
        const [[count]] = await to.pool.query<RowDataPacket[]>(`SELECT COUNT(*) AS n FROM ${from.prefix}staging.many`);
        expect(count).toEqual({ n: MANY });
      },
      TIMEOUT_MS,
    );
  });
});
