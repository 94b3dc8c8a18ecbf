import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { RowDataPacket } from "mysql2/promise";
import { congruential32 } from "pure-rand/generator/congruential32";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { layerLockName } from "../../../shared/ledger/claims/layer-lock.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadDumpOptions } from "../../../shared/loader/load-dump.ts";
import { TransientError } from "../../../shared/errors/errors.ts";
import { listSessions, type Session } from "../../../shared/warehouse/connection/list-sessions.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";
import { startLoad } from "./support/load-process.ts";
import { markedDump, readMarks } from "./support/marked-dump.ts";
import { schemaState } from "./support/schema-state.ts";

type Marks = (RowDataPacket & { name: string; n: number; low: string; high: string })[];

const SEED = Number(process.env["BATON_TEST_SEED"] ?? 41);
const KILLS = 4;
/** Number of loads of one schema that start at random times; use 50 for a more thorough run by hand. */
const STARTS = Number(process.env["BATON_TEST_STARTS"] ?? 6);
const old = markedDump("old");

describe("a killed load", () => {
  let warehouse: TestWarehouse;
  let folder: string;
  let dump: (mark: string) => Promise<string>;
  /** A separate user for the test, so that its connections can be identified. */
  let user: string;

  beforeAll(async () => {
    warehouse = testWarehouse();
    folder = await mkdtemp(join(tmpdir(), "baton-killed-"));
    dump = async (mark) => {
      const path = join(folder, `${mark}.sql`);
      await writeFile(path, markedDump(mark).text);
      return path;
    };
    user = warehouse.prefix.slice(0, -1);
    await warehouse.pool.query(`CREATE USER ${user} IDENTIFIED BY 'secret'`);
    await warehouse.pool.query(`GRANT ALL ON *.* TO ${user}`);
  });
  afterAll(async () => {
    await warehouse.pool.query(`DROP USER ${user}`);
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const load = (location: string, live: string, more: Partial<LoadDumpOptions> = {}): Promise<unknown> =>
    loadAndPublish({
      location,
      warehouse: warehouse.config,
      schemas: { live, next: `${live}_next`, backup: `${live}_backup` },
      ...more,
    });
  const asUser = (): TestWarehouse["config"] => ({ ...warehouse.config, user, password: "secret" });
  const sessions = async (): Promise<Session[]> =>
    (await listSessions(warehouse.pool)).filter((session) => session.user === user);
  const untilNoConnection = async (): Promise<void> => {
    for (let turn = 0; turn < 100 && (await sessions()).length > 0; turn += 1) await wait(50);
    expect(await sessions()).toEqual([]);
  };

  it("never shows readers a gap or a mix or part of a set, and continues where it stopped", async () => {
    const live = `${warehouse.prefix}killed`;
    await load(await dump("old"), live);
    const path = await dump("new");
    const random = congruential32(SEED);
    const reader = await connect(warehouse.config);
    const seen = new Set<string>();
    let reads = 0;
    let isDone = false;
    const polling = (async () => {
      while (!isDone) {
        const [marks] = await reader.query<Marks>(readMarks(live, old.tables));
        reads += 1;
        expect(Object.fromEntries(marks.map(({ name, n }) => [name, Number(n)]))).toEqual(old.tables);
        const found = new Set(marks.flatMap(({ low, high }) => [low, high]));
        expect([...found]).toHaveLength(1);
        for (const mark of found) seen.add(mark);
      }
    })();

    const outcomes: (number | null)[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const process = startLoad(warehouse.config, path, live);
      await wait(uniformInt(random, 400, 2_500));
      process.kill("SIGKILL");
      outcomes.push((await process.ended).code);
    }
    const { code, stdout, stderr } = await startLoad(warehouse.config, path, live).ended;
    await wait(100);
    isDone = true;
    await polling;
    await reader.end();

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(reads).toBeGreaterThan(10);
    expect([...seen].sort()).toEqual(["new", "old"]);
    const report = JSON.parse(stdout) as { tables: { name: string; state: string; isTakenOver: boolean }[] };
    expect(report.tables.map(({ name }) => name)).toEqual(Object.keys(old.tables));
    const undisturbed = `${warehouse.prefix}calm`;
    await load(path, undisturbed);
    expect(await schemaState(warehouse.pool, live)).toEqual(await schemaState(warehouse.pool, undisturbed));
  });

  it("uses the tables that were complete, and reports them", async () => {
    const live = `${warehouse.prefix}taken`;
    const path = await dump("taken");
    const stop = new AbortController();
    const first = load(path, live, {
      connections: 1,
      signal: stop.signal,
      onTable: (event) => {
        if (event.state === "loading" && event.table === "a2") stop.abort(new Error("enough"));
      },
    });
    await expect(first).rejects.toThrow("enough");

    const { code, stdout } = await startLoad(warehouse.config, path, live).ended;

    const { tables } = JSON.parse(stdout) as { tables: { name: string; isTakenOver: boolean }[] };
    expect(code).toBe(0);
    expect(tables.filter(({ isTakenOver }) => isTakenOver).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["a3", "a5", "a9"]),
    );
    expect(tables.find(({ name }) => name === "a2")?.isTakenOver).toBe(false);
  });

  it("counts the rows that an earlier attempt loaded", async () => {
    const live = `${warehouse.prefix}counted`;
    const path = join(folder, "counted.sql");
    const rows = Array.from({ length: 20_000 }, (_, id) => `(${id},'${String(id === 1 ? 0 : id).padStart(60, "0")}')`);
    const table = "CREATE TABLE t (id int PRIMARY KEY, a varchar(60), UNIQUE KEY a (a))";
    await writeFile(path, `${table};\nINSERT INTO t VALUES ${rows.join(",")};\n`);
    await expect(load(path, live)).rejects.toMatchObject({ code: "DUMP_DUPLICATE_KEY" });
    await warehouse.pool.query(`DELETE FROM ${live}_next.t WHERE id = 1`);

    const again = load(path, live);

    await expect(again).rejects.toMatchObject({
      code: "LOAD_ROW_COUNT",
      message: "t: the server has 19999 rows, the dump has 20000",
    });
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "ends cleanly on %s: exit code 1, a report of the kept tables, no open connection",
    async (signal) => {
      const live = `${warehouse.prefix}${signal.toLowerCase()}`;
      const lock = await connect(warehouse.config);
      await lock.query(`CREATE DATABASE ${live}`);
      await lock.query(`CREATE DATABASE ${live}_next`);
      await lock.query(`CREATE TABLE ${live}_next.a4 (id int)`);
      // the smallest table comes last, and its load waits for this lock
      await lock.query(`LOCK TABLES ${live}_next.a4 WRITE`);
      const process = startLoad(asUser(), await dump("stopped"), live, "--connections", "1");
      const untilWaiting = async (): Promise<void> => {
        for (let turn = 0; turn < 400; turn += 1) {
          if ((await sessions()).some(({ state }) => state === "Waiting for table metadata lock")) return;
          await wait(50);
        }
      };
      await untilWaiting();
      process.kill(signal);
      const { code, stdout, stderr } = await process.ended;

      await untilNoConnection();
      await lock.end();
      expect(code).toBe(1);
      expect(stderr).toMatch(
        new RegExp(
          `stopped by ${signal}: [78] of 9 tables are loaded and kept in ${live}_next; ${live} did not change`,
        ),
      );
      expect(JSON.parse(stdout)).toMatchObject({
        error: { code: "LOAD_INTERRUPTED", advice: expect.stringContaining("again") as string },
      });
    },
  );

  it("can be stopped while it waits for a reader of live tables", async () => {
    const live = `${warehouse.prefix}waits`;
    await load(await dump("old"), live);
    const lock = await connect(warehouse.config);
    await lock.query(`LOCK TABLES ${live}.a1 READ`);
    const process = startLoad(asUser(), await dump("new"), live);
    for (let turn = 0; turn < 400; turn += 1) {
      if ((await sessions()).some(({ statement }) => statement.startsWith("RENAME"))) break;
      await wait(50);
    }

    process.kill("SIGTERM");
    const { code, stderr } = await process.ended;

    await untilNoConnection();
    await lock.end();
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("stopped by SIGTERM") as string,
    });
    const [marks] = await warehouse.pool.query<Marks>(readMarks(live, old.tables));
    expect(new Set(marks.flatMap(({ low, high }) => [low, high]))).toEqual(new Set(["old"]));
  });

  it("separates loads of one schema: the live tables are always of one dump", async () => {
    const live = `${warehouse.prefix}apart`;
    const paths = [await dump("odd"), await dump("even")] as const;
    await load(paths[0], live);
    const random = congruential32(SEED + 2);
    const reader = await connect(warehouse.config);
    const mixes: unknown[] = [];
    let running = STARTS;
    const start = async (number: number): Promise<number | null> => {
      await wait(uniformInt(random, 0, STARTS * 250));
      const process = startLoad(warehouse.config, paths[number % 2] ?? "", live, "--wait", "600", "--no-skip");
      const killed =
        number % 3 === 2 ? wait(uniformInt(random, 300, 2_000)).then(() => process.kill("SIGKILL")) : undefined;
      const { code } = await process.ended;
      await killed;
      running -= 1;
      return code;
    };

    const starting = Promise.all(Array.from({ length: STARTS }, (_, number) => start(number)));
    while (running > 0) {
      const [marks] = await reader.query<Marks>(readMarks(live, old.tables));
      const isWhole = marks.every(({ name, n }) => Number(n) === old.tables[name]);
      if (!isWhole || new Set(marks.flatMap(({ low, high }) => [low, high])).size !== 1) mixes.push(marks);
    }
    await reader.end();

    expect((await starting).filter((code) => code !== 0 && code !== null)).toEqual([]);
    expect(mixes).toEqual([]);
  });

  it("names the session that uses the schema", async () => {
    const live = `${warehouse.prefix}busy`;
    const holder = await connect(asUser());
    await holder.query("DO GET_LOCK(?, 0)", [layerLockName(live)]);

    const { code, stdout } = await startLoad(warehouse.config, await dump("old"), live).ended;

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: "LOAD_BUSY",
        message: expect.stringMatching(`${live} is in use by session ${holder.threadId} of ${user}`) as string,
      },
    });
    await holder.end();
  });

  it("completes within several time budgets, with connections cut in between", async () => {
    const live = `${warehouse.prefix}budget`;
    const path = await dump("budget");
    const random = congruential32(SEED + 1);
    const config = asUser();
    const stops: string[] = [];
    const planned = new Set<boolean>();
    let cuts = 0;
    await expect(load(path, live, { deadline: new Date(0) })).rejects.toMatchObject({
      code: "LOAD_TIME_BUDGET",
      // without progress, attempts would repeat without an end
      isPlannedStop: false,
    });
    for (let call = 0; call < 60; call += 1) {
      const ended = new AbortController();
      const cut = async (): Promise<void> => {
        await wait(uniformInt(random, 0, 50));
        // kill connections as long as there are any, so that even a fast load is interrupted
        while (!ended.signal.aborted) {
          const rows = await sessions();
          for (const { id } of rows) await warehouse.pool.query(`KILL ${id}`).catch(() => undefined);
          cuts += rows.length;
          if (rows.length > 0) return;
        }
      };
      const cutter = call % 2 === 1 ? cut() : Promise.resolve();
      const error: unknown = await load(path, live, {
        warehouse: config,
        // long enough in the end, also on a busy machine
        deadline: new Date(Date.now() + 60 * 1.1 ** call),
      }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      ended.abort();
      await cutter;
      if (error === undefined) break;
      stops.push(error instanceof TransientError ? error.code : "lost");
      if (error instanceof TransientError) planned.add(error.isPlannedStop);
    }

    expect(stops.length).toBeLessThan(60);
    expect(stops).toContain("LOAD_TIME_BUDGET");
    expect(planned).toContain(true);
    expect(cuts).toBeGreaterThan(0);
    const undisturbed = `${warehouse.prefix}unhurried`;
    await load(path, undisturbed);
    expect(await schemaState(warehouse.pool, live)).toEqual(await schemaState(warehouse.pool, undisturbed));
  }, 240_000);
});
