import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { RowDataPacket } from "mysql2/promise";
import type { EventData } from "../../events/schemas.ts";
import { migrate } from "../../functions/migrate/migrate.ts";
import { readAnswer } from "../../shared/answers/answer.ts";
import { projectRoot } from "../../shared/config/checkout.ts";
import { compareWarehouses, type ComparisonReport } from "../../shared/copy/compare-warehouses.ts";
import {
  copyWarehouse,
  type CopyOptions,
  type CopyReport,
  type SchemaToCopy,
} from "../../shared/copy/copy-warehouse.ts";
import { migrationKey } from "../../shared/copy/migration-key.ts";
import type { MigrationReport } from "../../shared/copy/run-migration.ts";
import { planCopy, type CopyPlan } from "../../shared/copy/plan-copy.ts";
import {
  fingerprintIfOpen,
  switchBack,
  switchWarehouse,
  type SwitchReport,
} from "../../shared/copy/switch-warehouse.ts";
import { adoptTarget } from "../../shared/ledger/adopt-target.ts";
import { lockTurn } from "../../shared/ledger/claims/turn.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { QueueMessage } from "../../shared/runtime/message.ts";
import { exampleEvent } from "../support/ledger/event-builders.ts";
import { LayerHarness, silverPolicy } from "../support/ledger/layer-harness.ts";
import { startHandler } from "../support/start-handler.ts";
import { startMigrate, urlOf } from "../support/migrate-command.ts";
import { waitFor } from "../support/wait-for.ts";
import { inTransaction } from "../../shared/warehouse/connection/transaction.ts";
import { testServices } from "../support/services.ts";
import { testWarehouse, type TestWarehouse } from "../support/warehouse.ts";

const TIMEOUT_MS = 120_000;
/** The commands of the page about moves, in its order, without those that only repeat one. */
const PAGE_COMMANDS = [
  ...new Set(readFileSync(join(projectRoot, "docs/migrate.md"), "utf8").match(/(?<=^\.\/baton migrate ).*$/gm)),
];
/** Several ranges. */
const MANY = 120_000;

/** Definitions whose copies need care. */
const TABLES = [
  `CREATE TABLE many (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, parent_id int, name varchar(60), note text, price decimal(10,2),
    at timestamp NULL, KEY by_parent (parent_id), KEY by_name (name, price)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  `CREATE TABLE parents (id int NOT NULL PRIMARY KEY, name varchar(60) CHARACTER SET latin1, share float, exact double,
    raw varbinary(40), flags bit(9), doc json, place point, doubled double GENERATED ALWAYS AS (exact * 2) VIRTUAL)
    DEFAULT CHARSET=utf8mb4 COMMENT='it''s /*!50000 no */ comment'`,
  `CREATE TABLE children (id int NOT NULL PRIMARY KEY, parent_id int NOT NULL,
    CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parents (id))`,
  "CREATE TABLE bare (v varchar(20), w int) DEFAULT CHARSET=utf8mb4",
  `CREATE TABLE parted (id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day))
    PARTITION BY RANGE (YEAR(day)) (PARTITION old VALUES LESS THAN (2020), PARTITION rest VALUES LESS THAN MAXVALUE)`,
  "CREATE VIEW shown AS SELECT id, name FROM parents WHERE id > 1",
];
const ROWS = [
  `INSERT INTO parents (id, name, share, exact, raw, flags, doc, place) VALUES
    (1, 'café', 0.1, 1e-300, x'00090a5cff', b'101', '{"a": [1, "\\\\n"]}', ST_GeomFromText('POINT(1 2)')),
    (2, 'a\\tb\\nc\\\\d', 16777216, -0.1, '', b'0', '{"b": 1.50,  "aa":"\\\\u00e9", "a" : [1e2, -0.0], "b":2}', NULL), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  "INSERT INTO children VALUES (1, 1), (2, 3)",
  "INSERT INTO bare VALUES ('\\\\N', 1), ('NULL', 2), (NULL, 3), ('', 4), ('京😀', 5), ('京😀', 5)",
  "INSERT INTO parted VALUES (1, '2019-12-31'), (2, '2026-02-07')",
];

// @slow: two servers, kills and switches in both directions take about a minute
describe.each([
  ["mariadb", "mysql"],
  ["mysql", "mariadb"],
] as const)("a move from %s to %s", (fromEngine, toEngine) => {
  let from: TestWarehouse;
  let to: TestWarehouse;

  beforeAll(async () => {
    from = testWarehouse(testServices(fromEngine).database);
    to = testWarehouse(testServices(toEngine).database, from.prefix);
    const { pool } = await openLedger(from.config, { deployment: "1/here/test" });
    await pool.end();
    await onSource(`CREATE DATABASE ${from.prefix}staging DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    const connection = await from.pool.getConnection();
    await connection.query(`USE ${from.prefix}staging`);
    for (const sql of [...TABLES, ...ROWS]) await connection.query(sql);
    const rows = Array.from({ length: MANY }, (_, index) => [
      ...[
        index * 3 + 1,
        index % 977,
        `name ${index % 5000}`,
        index % 3 === 0 ? null : `a\tb\\${"x".repeat(index % 50)}\n`,
      ],
      ...[index / 100, new Date(1.7e12 + index * 1000)],
    ]);
    await connection.query("INSERT INTO many VALUES ?", [rows]);
    connection.release();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await from.dispose();
    await to.dispose();
  });

  const onSource = (sql: string): Promise<unknown> => from.pool.query(sql);
  const schemas = (): SchemaToCopy[] => [
    { name: `${from.prefix}staging`, changes: "by-publication" },
    { name: `${from.prefix}pipeline`, changes: "constantly" },
  ];
  const copy = (more: Partial<CopyOptions> = {}): Promise<CopyReport> =>
    copyWarehouse({
      ...{ from: from.config, to: to.config, connections: 3, existing: "refuse", signal: new AbortController().signal },
      schemas: schemas(),
      ...{ onProgress: () => undefined, onRepeat: () => undefined },
      ...more,
    });
  const verify = (): Promise<ComparisonReport> =>
    compareWarehouses({
      ...{ from: from.config, to: to.config, connections: 2, signal: new AbortController().signal },
      ...{ schemas: [`${from.prefix}staging`, `${from.prefix}pipeline`], onRows: () => undefined },
    });
  const states = (report: CopyReport): Record<string, string> =>
    Object.fromEntries(
      report.tables.filter(({ schema }) => schema.endsWith("staging")).map(({ name, state }) => [name, state]),
    );
  const all = (state: string): Record<string, string> =>
    Object.fromEntries(["bare", "children", "many", "parents", "parted"].map((name) => [name, state]));

  it(
    "copies every table, with keys, references, partitions and views, and both servers find them equal",
    async () => {
      const report = await copy();

      expect(states(report)).toEqual(all("copied"));
      expect(report).toMatchObject({ views: [`${from.prefix}staging.shown`], removed: [], repeats: 0 });
      expect((await verify()).tables.filter(({ equal }) => !equal)).toEqual([]);
      const keys = async ({ pool }: TestWarehouse): Promise<unknown> =>
        (
          await pool.query<RowDataPacket[]>(
            `SELECT table_name AS t, index_name AS i, seq_in_index AS n, column_name AS c, non_unique AS u
            FROM information_schema.statistics WHERE table_schema = ? ORDER BY 1, 2, 3`,
            [`${from.prefix}staging`],
          )
        )[0];
      expect(await keys(to)).toEqual(await keys(from));
      const [shown] = await to.pool.query(`SELECT name FROM ${from.prefix}staging.shown WHERE id = 2`);
      expect(shown).toEqual([{ name: "a\tb\nc\\d" }]);
      await expect(to.pool.query(`INSERT INTO ${from.prefix}staging.children VALUES (9, 9)`)).rejects.toThrow(
        /foreign key/,
      );
    },
    TIMEOUT_MS,
  );

  it(
    "plans and verifies as commands, with exit codes and JSON",
    async () => {
      const run = async (...words: string[]): Promise<{ code: number; answer: unknown }> => {
        const child = start([...words, "--json"], "pipe");
        let output = "";
        child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
        const code = await new Promise<number>((resolve) => child.once("close", resolve));
        return { code, answer: JSON.parse(output) };
      };
      const staging = `${from.prefix}staging`;

      const plan = await run("plan");
      expect(plan).toMatchObject({ code: 0, answer: { obstacles: [] } });
      const planned = (plan.answer as CopyPlan).tables
        .filter(({ schema }) => schema === staging)
        .map(({ name }) => name);
      expect(planned.sort()).toEqual(Object.keys(all("planned")));
      // their defaults differ
      expect((plan.answer as CopyPlan).notes).toContainEqual(
        expect.stringMatching(/^sql_mode is .* on the source and /),
      );
      expect(await run("verify")).toMatchObject({ code: 0, answer: { equal: true } });

      await to.pool.query(`UPDATE ${staging}.parents SET share = 0.2 WHERE id = 1`);
      const verified = await run("verify");
      expect(verified).toMatchObject({ code: 1, answer: { equal: false } });
      const { tables } = verified.answer as ComparisonReport;
      expect(tables.filter(({ equal }) => !equal)).toEqual([
        {
          schema: staging,
          table: "parents",
          rows: 3,
          equal: false,
          differences: [{ from: null, to: null, keys: ["1"] }],
        },
      ]);
      await to.pool.query(`UPDATE ${staging}.parents SET share = 0.1 WHERE id = 1`);
    },
    TIMEOUT_MS,
  );

  it("copies only tables that changed since the last copy, on either side", async () => {
    await onSource(`UPDATE ${from.prefix}staging.bare SET w = 6 WHERE v = ''`);
    await to.pool.query(`DELETE FROM ${from.prefix}staging.parted WHERE id = 1`);

    const report = await copy();

    expect(states(report)).toEqual({ ...all("kept"), bare: "copied", parted: "copied", parents: "copied" });
    expect((await verify()).equal).toBe(true);
    const [backup] = await to.pool.query(`SELECT w FROM ${from.prefix}staging_backup.bare WHERE v = ''`);
    expect(backup).toEqual([{ w: 4 }]);
  });

  it("copies a table again that a writer changes during the copy, and says so", async () => {
    await onSource(`UPDATE ${from.prefix}staging.many SET price = 1 WHERE id = 1`);
    const repeated: string[][] = [];
    let write: Promise<unknown> | undefined;

    const report = await copy({
      // a row of the first range, which was read
      onProgress: ({ rows }) => {
        if (rows >= MANY - 1) write ??= onSource(`UPDATE ${from.prefix}staging.many SET price = 2 WHERE id = 1`);
      },
      onRepeat: (tables) => repeated.push([...tables]),
    });
    await write;

    expect(repeated).toEqual([[`${from.prefix}staging.many`]]);
    expect(report.repeats).toBe(1);
    expect((await verify()).equal).toBe(true);
  });

  it("gives up when the source never stops changing, and leaves the live tables of the target", async () => {
    let count = 10;
    const writing: Promise<unknown>[] = [];
    await onSource(`UPDATE ${from.prefix}staging.bare SET w = 9 WHERE v = ''`);

    const copied = copy({
      onProgress: ({ schema }) => {
        if (!schema.endsWith("staging")) return;
        count += 1;
        writing.push(onSource(`UPDATE ${from.prefix}staging.bare SET w = ${count} WHERE v = ''`));
      },
    });

    await expect(copied).rejects.toMatchObject({
      code: "COPY_SOURCE_CHANGED",
      message: expect.stringContaining("staging.bare") as string,
    });
    await Promise.all(writing);
    const [live] = await to.pool.query(`SELECT w FROM ${from.prefix}staging.bare WHERE v = ''`);
    expect(live).toEqual([{ w: 6 }]);
  });

  it(
    "continues after kills with the ranges that are missing",
    async () => {
      await onSource(`UPDATE ${from.prefix}staging.many SET price = price + 1`);
      const before = await to.pool.query(`CHECKSUM TABLE ${from.prefix}staging.many`);
      for (let kills = 0; kills < 2; kills += 1) {
        const known = await copiedRanges();
        const child = start(["copy"]);
        const ended = new Promise((resolve) => child.once("close", resolve));
        const another = async (): Promise<true | undefined> =>
          (await copiedRanges()).some((range) => !known.includes(range)) ? true : undefined;
        await waitFor("another copied range", another, { everyMs: 5 });
        child.kill("SIGKILL");
        await ended;
        expect(await to.pool.query(`CHECKSUM TABLE ${from.prefix}staging.many`)).toEqual(before);
      }

      const report = await copy();

      expect(states(report)["many"]).toMatch(/^(?:resumed|taken-over)$/);
      expect((await verify()).equal).toBe(true);
    },
    TIMEOUT_MS,
  );

  describe("by the function", () => {
    /**
     * Calls it with one request until it is answered.
     *
     * @param stops numbers of steps after which the first calls stop
     * @param killAt after the first call, another one is killed at this moment
     */
    async function carryOut(
      data: Partial<EventData<"MigrationRequested">>,
      { stops, killAt }: { stops: readonly number[]; killAt?: () => Promise<unknown> },
    ) {
      const harness = new LayerHarness(silverPolicy, {}, from);
      await harness.start();
      const event = exampleEvent("MigrationRequested", data);
      event.detail.metadata.eventId = randomUUID();
      await harness.send(event);
      const { aws } = harness;
      const { host, port, user: username, password } = to.config;
      const SecretString = JSON.stringify({ username, password });
      const { ARN = "" } = await aws.secrets.send(
        new CreateSecretCommand({ Name: `to-${randomUUID()}`, SecretString }),
      );
      const environment = {
        ...harness.environment,
        ...{ BATON_MIGRATE_TO_ENDPOINT: host, BATON_MIGRATE_TO_PORT: port, BATON_MIGRATE_TO_SECRET_ARN: ARN },
        BATON_LAYER_SCHEMAS: [{ name: "staging", alsoBuilds: [] }],
      };
      const { BATON_QUEUE_URL: queueUrl, BATON_DLQ_URL: dlqUrl, BATON_BUCKET: bucket } = environment;
      const queue = { sqs: aws.sqs, queueUrl, dlqUrl };
      const call = async (stopsAfter: number): Promise<string> => {
        const message = new QueueMessage(await harness.receive(), queue);
        return migrate(message, { aws, environment, mustStop: (steps) => steps >= stopsAfter });
      };
      const killOne = async (killAt: () => Promise<unknown>): Promise<void> => {
        const record = await harness.receive();
        const child = startHandler("migrate", { environment, record });
        const ended = new Promise((resolve) => child.once("close", resolve));
        await killAt();
        child.kill("SIGKILL");
        await ended;
        // its visibility timeout ends
        await new QueueMessage(record, queue).hideFor(0);
      };
      let calls = 1;
      for (; (await call(stops[calls - 1] ?? Infinity)) === "return"; calls += 1) {
        if (calls === 1 && killAt !== undefined) await killOne(killAt);
      }
      const key = migrationKey(event.detail.metadata.eventId);
      return { calls, answer: await readAnswer<MigrationReport>({ s3: aws.s3, bucket, key }) };
    }

    it(
      "copies and verifies in several calls, of which one is killed",
      async () => {
        await onSource(`UPDATE ${from.prefix}staging.many SET price = price + 1`);
        const killAt = async (): Promise<void> => {
          const known = await copiedRanges();
          const another = async (): Promise<true | undefined> =>
            (await copiedRanges()).some((range) => !known.includes(range)) ? true : undefined;
          await waitFor("another copied range", another, { everyMs: 5 });
        };

        const copied = await carryOut({ command: "copy" }, { stops: [4, 16], killAt });
        const verified = await carryOut({ command: "verify", connections: 1 }, { stops: [4] });
        const stuck = await carryOut({ command: "copy" }, { stops: [0] });

        // besides the call that was killed
        expect(copied.calls).toBeGreaterThanOrEqual(3);
        expect(copied.answer).toMatchObject({ state: "ended", outcome: { command: "copy" } });
        expect(copied.answer?.progress).toContainEqual(
          expect.stringMatching(/^continues: stopped before the time limit/),
        );
        expect(verified).toMatchObject({ calls: 2, answer: { state: "ended", outcome: { report: { equal: true } } } });
        const tables = verified.answer?.state === "ended" ? verified.answer.outcome.report : undefined;
        expect(tables).toMatchObject({ tables: Object.keys(all("")).map((table) => ({ table, equal: true })) });
        expect((await verify()).equal).toBe(true);
        // calls without progress would repeat without an end
        expect(stuck).toMatchObject({
          calls: 1,
          answer: { state: "unfinished", error: { code: "COPY_TIME_BUDGET" } },
        });
      },
      TIMEOUT_MS,
    );
  });

  it("refuses sides that must not be copied, before it writes", async () => {
    const code = (options: Partial<CopyOptions>): Promise<unknown> =>
      copy(options).then(
        () => "copied",
        (error: unknown) => (error as { code: unknown }).code,
      );

    expect(await code({ to: from.config })).toBe("COPY_SAME_SERVER");
    expect(await code({ to: { ...from.config, host: "localhost" } })).toBe("COPY_SAME_SERVER");
    const plan = await planCopy({ from: from.config, to: from.config, schemas: [] });
    expect(plan.obstacles.map((obstacle) => obstacle.code)).toContain("COPY_SAME_SERVER");
    // a copy is not the warehouse: swapped URLs
    expect(await code({ from: to.config, to: from.config })).toBe("TARGET_MOVED");
    await to.pool.query(`CREATE TABLE ${from.prefix}staging.stranger (id int)`);
    expect(await code({})).toBe("COPY_TARGET_HAS_DATA");
    const report = await copy({ existing: "replace" });
    expect(report.removed).toEqual([`${from.prefix}staging.stranger`]);
  });

  it("plans the rights that both users lack, as statements after which the copy works", async () => {
    const mover = `mover${from.prefix}`;
    const limited = ({ config }: TestWarehouse) => ({ ...config, user: mover, password: "Mover-1" });
    for (const { pool } of [from, to]) await pool.query(`CREATE USER ${mover}@'127.0.0.1' IDENTIFIED BY 'Mover-1'`);
    const planned = async (): Promise<CopyPlan["obstacles"]> => {
      const names = schemas().map(({ name }) => name);
      return (await planCopy({ from: limited(from), to: limited(to), schemas: names })).obstacles;
    };

    const lacking = await planned();
    for (const { code, message } of lacking.filter(({ message }) => message.includes("GRANT"))) {
      expect(code).toBe("COPY_RIGHT_MISSING");
      const [, side, statement = ""] = /^the user of the (source|target) needs: (GRANT .*);$/.exec(message) ?? [];
      await (side === "source" ? from : to).pool.query(statement);
    }

    expect(lacking.length).toBeGreaterThan(0);
    expect(await planned()).toEqual([]);
    await onSource(`UPDATE ${from.prefix}staging.bare SET w = 8 WHERE v = ''`);
    expect(states(await copy({ from: limited(from), to: limited(to) }))).toMatchObject({ bare: "copied" });
    for (const { pool } of [from, to]) await pool.query(`DROP USER ${mover}@'127.0.0.1'`);
  });

  it("names the table that the target cannot have before it copies a row", async () => {
    const text = toEngine === "mysql" ? "CREATE TABLE other (id uuid PRIMARY KEY)" : "CREATE TABLE other (v vector(3))";
    await onSource(text.replace("other", `${from.prefix}staging.other`));
    let rows = 0;

    const copied = copy({ onProgress: (progress) => (rows += progress.rows) });

    await expect(copied).rejects.toMatchObject({
      code: "COPY_DEFINITION",
      message: expect.stringContaining("staging.other") as string,
    });
    expect(rows).toBe(0);
    const plan = await planCopy({ from: from.config, to: to.config, schemas: [`${from.prefix}staging`] });
    expect(plan.obstacles).toMatchObject([{ code: "COPY_DEFINITION" }]);
    await onSource(`DROP TABLE ${from.prefix}staging.other`);
  });

  describe("a switch", () => {
    const move = () => ({ from: from.config, to: to.config, layers: ["staging", "silver"], by: "ann@desk" });
    const doSwitch = (onProgress = (): void => undefined): Promise<SwitchReport> =>
      switchWarehouse({
        ...{ ...move(), schemas: schemas(), connections: 2, signal: new AbortController().signal },
        ...{ onProgress, onRepeat: () => undefined, onCompared: () => undefined },
      });
    /** Why a function of this side is refused; `accepted` if it is not. */
    const answerOf = async ({ config }: TestWarehouse, fingerprint?: string): Promise<string> => {
      try {
        const { pool } = await openLedger(config, {
          deployment: "1/here/test",
          fingerprints: { deployed: fingerprint },
        });
        await pool.end();
        return "accepted";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const startRun = (side: TestWarehouse, state: string): Promise<unknown> =>
      side.pool.query(
        `INSERT INTO ${from.prefix}pipeline.run (run_id, business_date, state, requested_by, correlation_id, started_at)
          VALUES (?, '2026-02-07', ?, 'test', 'x', UTC_TIMESTAMP(6))`,
        [`run-${state}`, state],
      );
    const endRuns = (side: TestWarehouse): Promise<unknown> =>
      side.pool.query(`DELETE FROM ${from.prefix}pipeline.run`);

    it("does not happen while a run is active", async () => {
      await startRun(from, "running");

      await expect(doSwitch()).rejects.toMatchObject({
        code: "LAYER_BUSY",
        message: expect.stringContaining("run-running") as string,
      });
      expect([await answerOf(from), await answerOf(to)]).toEqual(["accepted", "TARGET_MOVED"]);
      await expect(switchBack(move())).rejects.toMatchObject({ code: "COPY_NOT_SWITCHED" });
      await endRuns(from);
    });

    it(
      "retires the source before the target accepts runs, and can be undone until the first run",
      async () => {
        const early = await openLedger(from.config, {});
        let isOver = false;
        const watched = (async () => {
          for (let bothOpen = 0, looks = 0; ; looks += 1) {
            // the target first: between the two questions only the source can close
            const answers = [await fingerprintIfOpen(to.config), await fingerprintIfOpen(from.config)];
            if (!answers.includes(undefined)) bothOpen += 1;
            if (isOver) return { bothOpen, looked: looks > 0 };
          }
        })();

        // a function that has opened the ledger starts a run again and again
        const starts: Promise<string>[] = [];
        const startRunOfFunction = (): void => {
          const start = inTransaction(early.pool, (connection) => lockTurn(connection));
          starts.push(
            start.then(
              () => "accepted",
              (error: unknown) => (error as { code: string }).code,
            ),
          );
        };

        const report = await doSwitch(startRunOfFunction).finally(() => (isOver = true));

        expect(await watched).toEqual({ bothOpen: 0, looked: true });
        const answers = await Promise.all(starts);
        const closing = answers.indexOf("TARGET_RETIRED");
        expect(closing).toBeGreaterThanOrEqual(0);
        expect(new Set(answers.slice(closing))).toEqual(new Set(["TARGET_RETIRED"]));
        expect(report).toMatchObject({ databaseEndpoint: to.config.host, databasePort: to.config.port });
        expect([await answerOf(from), await answerOf(to, report.targetFingerprint)]).toEqual([
          "TARGET_RETIRED",
          "accepted",
        ]);
        const address = `${to.config.host}:${to.config.port}`;
        const late = inTransaction(early.pool, (connection) => lockTurn(connection));
        await expect(late).rejects.toMatchObject({
          code: "TARGET_RETIRED",
          message: expect.stringContaining(address) as string,
        });
        await early.pool.end();
        await expect(adoptTarget(from.config, { ...adoption, layers: [] })).rejects.toMatchObject({
          code: "TARGET_RETIRED",
        });
        expect(await doSwitch()).toMatchObject({ copied: 0, targetFingerprint: report.targetFingerprint });

        const fingerprint = await switchBack(move());

        expect([await answerOf(from, fingerprint), await answerOf(to)]).toEqual(["accepted", "TARGET_RETIRED"]);
        expect(await switchBack(move())).toBe(fingerprint);
        for (const { pool } of [from, to]) {
          const [rows] = await pool.query(`SELECT DISTINCT adopted_by FROM ${from.prefix}pipeline.target_adoption`);
          expect(rows).toEqual([{ adopted_by: "ann@desk" }]);
        }
      },
      TIMEOUT_MS,
    );

    it(
      "that is killed after the source is retired leaves both closed, and is completed by a second one",
      async () => {
        await onSource(`UPDATE ${from.prefix}staging.bare SET w = 77 WHERE v = ''`);
        const child = start(["switch", "--yes"]);
        const ended = new Promise((resolve) => child.once("close", resolve));
        await waitFor("the source to be retired", async () => (await answerOf(from)) === "TARGET_RETIRED", {
          everyMs: 2,
        });
        child.kill("SIGKILL");
        await ended;
        const wasAdopted = (await answerOf(to)) === "accepted";

        const report = await doSwitch();

        expect(wasAdopted || report.copied > 0).toBe(true);
        expect([await answerOf(from), await answerOf(to, report.targetFingerprint)]).toEqual([
          "TARGET_RETIRED",
          "accepted",
        ]);
        const [rows] = await to.pool.query(`SELECT w FROM ${from.prefix}staging.bare WHERE v = ''`);
        expect(rows).toEqual([{ w: 77 }]);
        await startRun(to, "completed");
        await expect(switchBack(move())).rejects.toMatchObject({ code: "COPY_RUN_SINCE_SWITCH" });
        expect([await answerOf(from), await answerOf(to)]).toEqual(["TARGET_RETIRED", "accepted"]);
      },
      TIMEOUT_MS,
    );
  });

  const adoption = { deployment: undefined, adoptedBy: "bob@desk", dryRun: false };
  const start = (words: readonly string[], output: "ignore" | "pipe" = "ignore"): ChildProcess =>
    startMigrate({ from, to }, words, ["ignore", output, "ignore"]);
  /** Ranges of `many` that are not live. Earlier tests leave some. */
  const copiedRanges = async (): Promise<string[]> => {
    const [rows] = await to.pool.query<(RowDataPacket & { place: string })[]>(
      `SELECT CONCAT(content_hash, ' ', part) AS place FROM ${from.prefix}staging_next._baton_load
        WHERE table_name = 'many' AND part >= 0 AND content_hash NOT IN
          (SELECT content_hash FROM ${from.prefix}staging_next._baton_live WHERE table_name = 'many')`,
    );
    return rows.map(({ place }) => place);
  };
});

it(
  "docs/migrate.md describes a move that works as written",
  async () => {
    await using from = testWarehouse(testServices("mariadb").database);
    await using to = testWarehouse(testServices("mysql").database, from.prefix);
    const { pool } = await openLedger(from.config, {});
    await pool.end();
    await from.pool.query(`CREATE DATABASE ${from.prefix}gold`);
    await from.pool.query(`CREATE TABLE ${from.prefix}gold.numbers AS SELECT 1 AS number`);
    const run = async (command: string): Promise<{ code: number; stderr: string }> => {
      const words = command
        .replace("mysql://admin@old.example", urlOf(from))
        .replace("mysql://admin@new.example", urlOf(to))
        .split(/\s+/);
      const child = spawn(
        process.execPath,
        [join(projectRoot, "cli/bin.ts"), "migrate", ...words, "--schema-prefix", from.prefix],
        {
          env: { ...process.env, BATON_FROM_PASSWORD: from.config.password, BATON_TO_PASSWORD: to.config.password },
          stdio: ["ignore", "ignore", "pipe"],
        },
      );
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const code = await new Promise<number>((resolve) => child.once("close", resolve));
      return { code, stderr };
    };

    expect(PAGE_COMMANDS.map((command) => command.split(" ")[0])).toEqual([
      ...["plan", "copy", "verify", "switch", "back", "retire", "retire"],
    ]);
    for (const command of PAGE_COMMANDS.slice(0, 5)) {
      expect({ command, ...(await run(command)) }).toMatchObject({ code: 0 });
    }
    const [[numbers]] = await to.pool.query<RowDataPacket[]>(`SELECT number FROM ${from.prefix}gold.numbers`);
    expect(numbers).toEqual({ number: 1 });
    expect(await fingerprintIfOpen(from.config)).toBeDefined();
    const again = PAGE_COMMANDS.find((command) => command.startsWith("switch")) ?? "";
    expect(await run(again)).toMatchObject({ code: 0 });
    for (const command of PAGE_COMMANDS.slice(5)) {
      // 30 days have not passed
      expect(await run(command)).toMatchObject({ code: 1, stderr: expect.stringContaining("RETIRE_") as string });
    }
  },
  TIMEOUT_MS,
);
