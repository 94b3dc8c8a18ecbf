import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { startDatabase, type DatabaseServer } from "../../local/database-server.ts";
import { engines, type Engine } from "../../local/engine.ts";
import { runningService } from "../../local/service-process.ts";
import { batonHome } from "../../shared/config/checkout.ts";
import { compareWarehouses, type ComparisonReport } from "../../shared/copy/compare-warehouses.ts";
import {
  copyWarehouse,
  type CopyOptions,
  type CopyReport,
  type SchemaToCopy,
} from "../../shared/copy/copy-warehouse.ts";
import {
  fingerprintIfOpen,
  switchBack,
  switchWarehouse,
  type SwitchReport,
} from "../../shared/copy/switch-warehouse.ts";
import { retireSource, type RetireReport } from "../../shared/copy/retire-source.ts";
import { TransientError } from "../../shared/errors/errors.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { errnoOf } from "../../shared/warehouse/connection/errno-of.ts";
import { listSessions } from "../../shared/warehouse/connection/list-sessions.ts";
import { CutProxy } from "../support/faults/cut-proxy.ts";
import { startMigrate } from "../support/migrate-command.ts";
import { waitFor } from "../support/wait-for.ts";
import { testWarehouse, type TestWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 120_000;
/** Several ranges. */
const MANY = 120_000;
/** Of each command, in each direction. */
const KILLS = 15;
const SEED = Number(process.env["BATON_FAULT_SEED"] ?? 20260207);

/** The file of tables without a file of their own is full at this size: too small for the ballast and the table of many rows. */
const SHARED_FILE = { "innodb-data-file-path": "ibdata1:12M:autoextend:max:200M" };
const BALLAST_MB = 160;
/** Servers that the tests restart and fill; in different time zones. */
const SETTINGS: Readonly<Record<Engine, Readonly<Record<string, string>>>> = {
  mariadb: { "default-time-zone": "+09:00", ...SHARED_FILE },
  mysql: { "default-time-zone": "-05:00", "performance-schema": "ON", ...SHARED_FILE },
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
  const doSwitch = (sides: Partial<Pick<CopyOptions, "from" | "to">> = {}): Promise<SwitchReport> =>
    switchWarehouse({
      ...{ ...move(), ...sides, schemas: schemas(), connections: 2, signal: new AbortController().signal },
      ...{ onProgress: () => undefined, onRepeat: () => undefined, onCompared: () => undefined },
    });
  const answerOf = ({ config }: TestWarehouse): Promise<string> =>
    openLedger(config, { deployment: "1/here/test" }).then(
      ({ pool }) => pool.end().then(() => "accepted"),
      (error: unknown) => (error as { code: string }).code,
    );
  /** A command of the CLI; `--json` where it succeeds. */
  const baton = async (
    command: string,
    ...words: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> => {
    const child = startMigrate({ from, to }, [command, "--json", ...words]);
    const output = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
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
    await copy();
    const expected = { at: Date.UTC(2026, 1, 7) / 1000, day: "2026-02-07 00:00:00.500" };

    expect(await read(from)).toEqual([{ ...expected, zone: SETTINGS[fromEngine]["default-time-zone"] }]);
    expect(await read(to)).toEqual([{ ...expected, zone: SETTINGS[toEngine]["default-time-zone"] }]);
  });

  it(
    "stops when the target is full, leaves its live tables, and continues when it has room",
    async () => {
      await copy();
      const { pool } = to;
      const live = `SELECT COUNT(*) AS rows_, SUM(CRC32(note)) AS notes FROM ${from.prefix}staging.many`;
      const [before] = await pool.query(live);
      await from.pool.query(`UPDATE ${from.prefix}staging.many SET note = CONCAT(id, REPEAT('x', 180))`);
      // new tables share a file of limited size
      await pool.query("SET GLOBAL innodb_file_per_table = OFF");
      await pool.query(`CREATE DATABASE ${from.prefix}ballast`);
      await pool.query(`CREATE TABLE ${from.prefix}ballast.ballast (v longblob)`);
      for (let megabyte = 0; megabyte < BALLAST_MB; megabyte += 1) {
        await pool.query(`INSERT INTO ${from.prefix}ballast.ballast VALUES (REPEAT('x', 1000000))`);
      }

      const full = await baton("copy");

      expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/disk-full: .*full/) as string });
      expect((await pool.query(live))[0]).toEqual(before);
      await pool.query(`DROP DATABASE ${from.prefix}ballast`);
      // MariaDB frees the space in the background
      await waitFor("room on the target", () =>
        copy().catch((error: unknown) => {
          if (errnoOf(error) === 1114) return undefined;
          throw error;
        }),
      );
      expect(await areEqual()).toBe(true);
      await pool.query("SET GLOBAL innodb_file_per_table = ON");
    },
    TIMEOUT_MS,
  );

  it("names the side that refuses TLS, the user or the connection, and says what to check", async () => {
    const place = (side: TestWarehouse): string => `${side.config.host}:${side.config.port}`;
    const refusals = [
      [["--from", `mysql://baton@${place(from)}?tls=required`], /--from .*(?:secure connection|certificate).*CA_CERTS/],
      [["--to", `mysql://nobody@${place(to)}`], /--to .*Access denied for user 'nobody'.*BATON_TO_PASSWORD/],
      [["--to", "mysql://baton@127.0.0.1:1"], /--to 127\.0\.0\.1:1: .*ECONNREFUSED/],
    ] as const;

    for (const [words, expected] of refusals) {
      const { code, stderr } = await baton("copy", ...words);
      expect({ code, text: stderr.replaceAll("\n", " ") }).toEqual({
        code: 1,
        text: expect.stringMatching(expected) as string,
      });
      expect(stderr).toContain("COPY_UNREACHABLE");
    }
  });

  describe(`that is killed at random moments (seed ${SEED})`, () => {
    const random = xoroshiro128plus(SEED);
    let direct: { from: TestWarehouse; to: TestWarehouse };
    /** The same servers as the killed commands reach them. */
    let sides: Pick<CopyOptions, "from" | "to">;
    let proxy: CutProxy;
    let version = 0;

    beforeAll(async () => {
      const source = testWarehouse(serverOf(fromEngine).database);
      direct = { from: source, to: testWarehouse(serverOf(toEngine).database, source.prefix) };
      proxy = await CutProxy.start([direct.from.config, direct.to.config]);
      const [fromPort = 0, toPort = 0] = proxy.ports;
      sides = { from: { ...direct.from.config, port: fromPort }, to: { ...direct.to.config, port: toPort } };
      const { pool } = await openLedger(direct.from.config, { deployment: "1/here/test" });
      await pool.end();
      await fillSource();
      if (fromEngine === "mariadb") await source.pool.query("SET GLOBAL userstat = ON");
    });
    afterAll(async () => {
      await proxy.stop();
      for (const { pool } of Object.values(direct)) await pool.end();
    });

    const staging = (): string => `${direct.from.prefix}staging`;
    const fillSource = async (): Promise<void> => {
      const { pool } = direct.from;
      await pool.query(`CREATE DATABASE IF NOT EXISTS ${staging()} DEFAULT CHARACTER SET utf8mb4`);
      for (const name of ["one", "other"]) {
        await pool.query(`CREATE TABLE IF NOT EXISTS ${staging()}.${name} (id int PRIMARY KEY, version int NOT NULL)`);
        await pool.query(`REPLACE INTO ${staging()}.${name} VALUES (1, ${version}), (2, ${version})`);
      }
    };
    const changeSource = async (): Promise<void> => {
      version += 1;
      await fillSource();
    };
    /** Of all live rows: one, unless tables of two copies are live. */
    const versions = async ({ pool }: TestWarehouse): Promise<number[]> => {
      const [rows] = await pool.query<(RowDataPacket & { version: number })[]>(
        `SELECT version FROM ${staging()}.one UNION SELECT version FROM ${staging()}.other`,
      );
      return rows.map((row) => row.version);
    };
    const openSides = async (): Promise<string[]> => {
      const open: string[] = [];
      for (const [name, { config }] of Object.entries(direct)) {
        if ((await fingerprintIfOpen(config)) !== undefined) open.push(name);
      }
      return open;
    };

    const commands = {
      options: () => ({
        ...{ ...sides, layers: ["staging"], by: "ann@desk", connections: 2, signal: new AbortController().signal },
        ...{ onProgress: () => undefined, onRepeat: () => undefined, existing: "refuse" as const },
        schemas: [
          { name: staging(), changes: "by-publication" },
          { name: `${direct.from.prefix}pipeline`, changes: "constantly" },
        ] satisfies SchemaToCopy[],
      }),
      copy: (): Promise<CopyReport> =>
        copyWarehouse({ ...commands.options(), schemas: commands.options().schemas.slice(0, 1) }),
      verify: (): Promise<ComparisonReport> =>
        compareWarehouses({ ...commands.options(), schemas: [staging()], onRows: () => undefined }),
      switch: (): Promise<SwitchReport> => switchWarehouse({ ...commands.options(), onCompared: () => undefined }),
      back: (): Promise<string> => switchBack(commands.options()),
      retire: (): Promise<RetireReport> =>
        retireSource({
          ...{ ...sides, by: "ann@desk", afterMs: 0, ignored: [], data: "drop", onDrop: () => undefined },
          schemas: [staging(), `${staging()}_next`, `${staging()}_backup`],
        }),
    };
    /** Repeats a command while sessions of its killed predecessor are still open on a server. */
    const complete = <T>(command: () => Promise<T>): Promise<T> =>
      waitFor("the command to complete", () =>
        command().catch((error: unknown) => {
          if (error instanceof TransientError) return undefined;
          throw error;
        }),
      );
    const countMessages = async (command: () => Promise<unknown>): Promise<number> => {
      const before = proxy.messages;
      await complete(command);
      return proxy.messages - before;
    };
    /** Kills a command at a random one of its messages. */
    const kill = async (
      command: () => Promise<unknown>,
      messages: number,
    ): Promise<{ isDone: boolean; wasKilled: boolean }> => {
      proxy.cutAfter(uniformInt(random, 1, messages));
      const isDone = await command().then(
        () => true,
        () => false,
      );
      return { isDone, wasKilled: proxy.heal() };
    };

    it(
      "copies: live tables stay or are replaced together, and a repeated copy is whole",
      async () => {
        const messages = await countMessages(commands.copy);

        for (let kills = 0; kills < KILLS;) {
          await changeSource();
          if ((await kill(commands.copy, messages)).wasKilled) kills += 1;
          expect(await versions(direct.to)).toHaveLength(1);
          expect([await versions(direct.from), await openSides()]).toEqual([[version], ["from"]]);
        }

        await complete(commands.copy);
        expect(await versions(direct.to)).toEqual([version]);
      },
      TIMEOUT_MS,
    );

    it(
      "verifies: changes nothing, and gives the same answer afterwards",
      async () => {
        const messages = await countMessages(commands.verify);

        for (let kills = 0; kills < KILLS;) if ((await kill(commands.verify, messages)).wasKilled) kills += 1;

        expect(await commands.verify()).toMatchObject({ equal: true });
        expect([await versions(direct.from), await versions(direct.to)]).toEqual([[version], [version]]);
      },
      TIMEOUT_MS,
    );

    it(
      "switches and goes back: both servers never accept runs, and after a repeated command one does",
      async () => {
        const messages = { switch: await countMessages(commands.switch), back: await countMessages(commands.back) };
        const kills = { switch: 0, back: 0 };

        for (let command: keyof typeof kills = "switch"; Math.min(kills.switch, kills.back) < KILLS;) {
          if (command === "switch" && (await openSides()).includes("from")) await changeSource();
          const { isDone, wasKilled } = await kill(commands[command], messages[command]);
          if (wasKilled) kills[command] += 1;
          expect((await openSides()).length).toBeLessThanOrEqual(1);
          expect(await versions(direct.from)).toEqual([version]);
          expect(await versions(direct.to)).toHaveLength(1);
          if (!isDone) continue;
          expect([await openSides(), await versions(direct.to)]).toEqual([
            [command === "switch" ? "to" : "from"],
            [version],
          ]);
          command = command === "switch" ? "back" : "switch";
        }

        await complete(commands.switch);
        expect([await openSides(), await versions(direct.to)]).toEqual([["to"], [version]]);
      },
      TIMEOUT_MS * 2,
    );

    it(
      "removes the data: the target stays as it is, and a repeated command removes the rest",
      async () => {
        const messages = await countMessages(commands.retire);

        for (let kills = 0; kills < KILLS;) {
          await fillSource();
          if ((await kill(commands.retire, messages)).wasKilled) kills += 1;
          expect([await openSides(), await versions(direct.to)]).toEqual([["to"], [version]]);
        }

        expect(await complete(commands.retire)).toMatchObject({ isDropped: true });
        const [left] = await direct.from.pool.query<RowDataPacket[]>(`SHOW DATABASES LIKE '${direct.from.prefix}%'`);
        expect(left.flatMap((row) => Object.values(row) as string[])).toEqual([`${direct.from.prefix}pipeline`]);
      },
      TIMEOUT_MS,
    );
  });

  describe("after a switch", () => {
    const dashboard = "board";
    const retire = async (...words: string[]): Promise<{ code: number; text: string }> => {
      const { code, stdout, stderr } = await baton("retire", ...words);
      return { code, text: code === 0 ? stdout : stderr };
    };
    const NOW = ["--after", "0m", "--allow-short"];

    beforeAll(async () => {
      if (fromEngine === "mariadb") await from.pool.query("SET GLOBAL userstat = OFF");
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

    it(
      "returns to the old server by a move in the other direction",
      async () => {
        const swapped = { from: to.config, to: from.config };
        await copy({ ...swapped, existing: "replace" });

        await doSwitch(swapped);

        expect([await answerOf(from), await answerOf(to)]).toEqual(["accepted", "TARGET_RETIRED"]);
        expect(await areEqual()).toBe(true);
        const [[count]] = await from.pool.query<RowDataPacket[]>(
          `SELECT COUNT(*) AS n FROM ${from.prefix}staging.many`,
        );
        expect(count).toEqual({ n: MANY });
      },
      TIMEOUT_MS,
    );
  });
});
