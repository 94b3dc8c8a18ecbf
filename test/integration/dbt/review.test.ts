import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Logger } from "@aws-lambda-powertools/logger";
import { strToU8, zipSync } from "fflate";
import type { RowDataPacket } from "mysql2/promise";
import { dropReviewSchemas } from "../../../functions/sweep/sweep.ts";
import { RESERVE_MS, review as reviewMessage } from "../../../functions/review/review.ts";
import { ledgerSchemaOf } from "../../../shared/config/schemas-of.ts";
import { layerLockName } from "../../../shared/ledger/claims/layer-lock.ts";
import { migrate } from "../../../shared/ledger/schema/migrate.ts";
import { readAnswer } from "../../../shared/answers/answer.ts";
import { reviewKeys } from "../../../shared/review/review-keys.ts";
import { reviewOf } from "../../../shared/review/review.ts";
import { runReview } from "../../../shared/review/run-review.ts";
import { QueueMessage } from "../../../shared/runtime/message.ts";
import { listSessions } from "../../../shared/warehouse/connection/list-sessions.ts";
import { connect, createPool } from "../../../shared/warehouse/connection/connect.ts";
import { grantsOf, quoteAccount } from "../../../shared/warehouse/users/grants.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";
import { LayerHarness, silverPolicy } from "../../support/ledger/layer-harness.ts";
import { waitFor } from "../../support/wait-for.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { dbt, dbtFolder, python } from "./dbt-command.ts";
import { makeProject, removeFiles, writeFiles, yamlOf } from "./own-project.ts";

const TIMEOUT_MS = 120_000;
const SET = { businessDate: "2026-02-07", runId: "run-7" };
const personal = (name: string): object => ({ config: { meta: { personal: true } }, name });

const second = (columns: string): string =>
  `select id, name, phone, ${columns} as amount from {{ ref('first') }} order by id`;
const PROJECT = {
  "models/silver/first.sql": "select id, name, phone from {{ source('staging', 'people') }}",
  "models/silver/first.yml": yamlOf("models", "first", { id: "int", name: "varchar(20)", phone: "varchar(20)" }),
  "models/gold/second.sql": second("10 * id"),
  "models/gold/second.yml": yamlOf("models", "second", {
    id: "int",
    name: "varchar(20)",
    phone: "varchar(20)",
    amount: "int",
  }),
  "models/gold/kept.sql": "select id, name from {{ source('staging', 'people') }}",
  "models/gold/kept.yml": yamlOf("models", "kept", { id: "int", name: "varchar(20)" }, { materialized: "incremental" }),
  "models/sources.yml": JSON.stringify({
    version: 2,
    sources: [{ name: "staging", tables: [{ name: "people", columns: [personal("phone")] }] }],
  }),
};

const yaml = (name: string): object => ({
  ...{ name, description: name, config: { meta: { primary_key: ["id"] } } },
  columns: [{ name: "id", data_type: "int", description: "id" }],
});
/** A new model of gold. */
function modelFiles(name: string, config?: Readonly<Record<string, string>>): Record<string, string> {
  const inline = config === undefined ? "" : `{{ config(**${JSON.stringify(config)}) }}`;
  return {
    [`models/gold/${name}.sql`]: `${inline} select id from {{ source('staging', 'people') }}`,
    [`models/gold/${name}.yml`]: JSON.stringify({ version: 2, models: [yaml(name)] }),
  };
}
/** Baton's macros, which every project has. */
const macros = Object.fromEntries(
  ["macros", "tests/generic"].flatMap((part) =>
    readdirSync(join(dbtFolder, part), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".sql"))
      .map((name) => [join(part, name), readFileSync(join(dbtFolder, part, name), "utf8")]),
  ),
);

/** IDs of the processes that name a folder in their arguments. */
function processesOf(folder: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    const isProcess = /^\d+$/.test(name);
    try {
      return isProcess && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(folder) ? [Number(name)] : [];
    } catch {
      // it has ended
      return [];
    }
  });
}

describe("a review", () => {
  const warehouse = testWarehouse();
  const { prefix, pool } = warehouse;
  const folder = makeProject(PROJECT);
  const base = makeProject(PROJECT);
  const account = quoteAccount(`${prefix}review`, "%");
  const layers = parseLayerTable([{ name: "staging" }, { name: "silver" }, { name: "gold" }]);
  const names = { layers, schemaPrefix: prefix, userPrefix: prefix, host: "%" };
  const ledger = createPool(warehouse.config, { schema: ledgerSchemaOf(prefix) });
  let baseState: string;

  const review = (live: Readonly<Record<string, typeof SET>> = { staging: SET, silver: SET, gold: SET }) =>
    runReview({
      installation: { python, project: folder, threads: 2 },
      baseInstallation: { python, project: base, threads: 2 },
      warehouse: { ...warehouse.config, user: `${prefix}review`, password: "only-for-this-test" },
      ...{ ledger, baseState, base: "main", select: ["state:modified+"] },
      readLiveSets: () => Promise.resolve(live),
      workFolder: mkdtempSync(join(tmpdir(), "baton-review-")),
      onProgress: () => undefined,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  async function reviewSchemas(): Promise<string[]> {
    const [rows] = await pool.query<(RowDataPacket & { name: string })[]>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ? ORDER BY 1",
      [prefix.length + 7, `${prefix}review_`],
    );
    return rows.map(({ name }) => name);
  }

  /** Whether a statement of a review waits for a lock. */
  async function isWaiting(): Promise<boolean> {
    const sessions = await listSessions(pool);
    return sessions.some(
      ({ user, statement, state }) =>
        user === `${prefix}review` && (statement.includes("get_lock") || state.includes("metadata lock")),
    );
  }

  beforeAll(async () => {
    const connection = await connect(warehouse.config);
    await migrate(connection, prefix);
    await connection.end();
    for (const schema of ["staging", "silver", "gold", "review_dead_gold", "review_used_gold"]) {
      await pool.query(`CREATE DATABASE ${prefix}${schema}`);
    }
    const people = "(1, 'ann', '1'), (2, 'ben', '2'), (3, NULL, '3'), (4, 'dan', '4')";
    for (const table of ["staging.people", "silver.first"]) {
      await pool.query(`CREATE TABLE ${prefix}${table} (id int PRIMARY KEY, name varchar(20), phone varchar(20))`);
      await pool.query(`INSERT INTO ${prefix}${table} VALUES ${people}`);
    }
    await pool.query(`CREATE TABLE ${prefix}gold.second AS SELECT *, 10 * id AS amount FROM ${prefix}silver.first`);
    await pool.query(
      `ALTER TABLE ${prefix}gold.second MODIFY amount int, MODIFY id int NOT NULL, ADD PRIMARY KEY (id)`,
    );
    await pool.query(`CREATE TABLE ${prefix}gold.kept (id int PRIMARY KEY, name varchar(20))`);
    await pool.query(`INSERT INTO ${prefix}gold.kept SELECT id, name FROM ${prefix}silver.first UNION SELECT 0, 'old'`);
    await pool.query(
      `INSERT INTO ${prefix}pipeline.step (run_id, layer, step_id, name, kind, attempt, state, duration_ms, recorded_at)
        VALUES ('run-7', 'gold', 'model.baton.second', 'second', 'model', 1, 'completed', 1500, UTC_TIMESTAMP(6))`,
    );
    await pool.query(`CREATE USER ${account} IDENTIFIED BY 'only-for-this-test'`);
    for (const statement of grantsOf("review", names)) await pool.query(statement);
    baseState = join((await dbt(warehouse.config, ["parse"], { project: folder })).folder, "target");
  }, TIMEOUT_MS);
  afterAll(async () => {
    await pool.query(`DROP USER ${account}`);
    await ledger.end();
    await warehouse.dispose();
  });

  it(
    "counts differences exactly, shows no personal column, and removes its schemas and those of killed reviews",
    async () => {
      const other = await connect(warehouse.config);
      await other.query("SELECT GET_LOCK(?, 0)", [`${prefix}review_used_`]);
      // first is only written in another way; second loses a row, gains one, and changes a value and a letter's case
      writeFiles(folder, {
        "models/silver/first.sql": "select people.id, name, phone from {{ source('staging', 'people') }} as people",
        "models/gold/second.sql": `select case id when 4 then 5 else id end as id, if(id = 1, 'Ann', name) as name,
          if(id = 1, 'x', phone) as phone, if(id = 3, 31, 10 * id) as amount from {{ ref('first') }}`,
      });

      const outcome = await review();
      const remaining = await reviewSchemas();
      await other.end();

      const unchanged = { changed: 0, nullsBefore: 0, nullsAfter: 0 };
      expect(reviewOf(outcome)).toEqual({
        verdict: "changed",
        base: "main",
        models: [
          {
            ...{ name: "first", schema: `${prefix}silver`, kind: "model" },
            rows: { live: 4, review: 4, added: 0, removed: 0, changed: 0 },
            columns: [
              { name: "id", ...unchanged },
              { name: "name", ...unchanged, nullsBefore: 1, nullsAfter: 1 },
              { name: "phone", ...unchanged },
            ],
            schemaChanges: [],
            tests: { passed: 0, failed: 0 },
            secondsBefore: null,
            secondsAfter: expect.any(Number) as number,
          },
          {
            ...{ name: "second", schema: `${prefix}gold`, kind: "model" },
            rows: { live: 4, review: 4, added: 1, removed: 1, changed: 2 },
            columns: [
              { name: "id", ...unchanged },
              { name: "name", changed: 1, nullsBefore: 1, nullsAfter: 1 },
              { name: "phone", ...unchanged, changed: 1 },
              { name: "amount", ...unchanged, changed: 1 },
            ],
            schemaChanges: [],
            tests: { passed: 0, failed: 0 },
            secondsBefore: 1.5,
            secondsAfter: expect.any(Number) as number,
          },
        ],
      });
      expect(outcome.tables[1]?.details).toMatchObject({
        examples: {
          added: [{ id: "5", name: "dan", amount: "40" }],
          removed: [{ id: "4", name: "dan", amount: "40" }],
          changed: [
            { id: "1", name: "ann → Ann" },
            { id: "3", amount: "30 → 31" },
          ],
        },
        figures: [
          { name: "id", before: { sum: "10", max: "4" }, after: { sum: "11", max: "5" } },
          { name: "amount", before: { sum: "100" }, after: { sum: "101" } },
        ],
      });
      expect(JSON.stringify(outcome.tables[1]?.details)).not.toContain("phone");
      expect(remaining).toEqual([`${prefix}review_used_gold`]);
    },
    TIMEOUT_MS,
  );

  it(
    "finds a changed type in the YAML, and fails when a model writes to a live table, which the server refuses",
    async () => {
      const [live, next] = [`${prefix}gold.second`, `${prefix}review_used_gold.second`];
      const attacks = [
        ["drops", `drop table ${live}`],
        ["hooks", `insert into ${live} values (9, 'x', '9', 9)`],
        ["locks", `lock tables ${live} write`],
        ["moves", `rename table ${live} to ${next}`],
        ["records", `update ${prefix}pipeline.run set state = 'failed'`],
        ["schemas", `create database ${prefix}gold_next`],
      ] as const;
      writeFiles(folder, {
        ...PROJECT,
        "models/silver/first.yml": yamlOf("models", "first", {
          id: "bigint",
          name: "varchar(20)",
          phone: "varchar(20)",
        }),
        "models/gold/second.sql": `{% if execute %}{% do run_query("delete from ${prefix}gold.second") %}{% endif %} ${second("10 * id")}`,
        ...Object.fromEntries(attacks.flatMap(([name, sql]) => Object.entries(modelFiles(name, { pre_hook: sql })))),
      });

      const outcome = await review();

      expect(reviewOf(outcome).verdict).toBe("failed");
      expect(outcome.failures.map((failure) => /^(\w+): [^]*denied/.exec(failure)?.[1]).sort()).toEqual([
        ...attacks.map(([name]) => name),
        "second",
      ]);
      removeFiles(
        folder,
        attacks.flatMap(([name]) => Object.keys(modelFiles(name))),
      );
      expect(outcome.tables.find(({ model }) => model.name === "first")?.model).toMatchObject({
        schemaChanges: [expect.stringMatching(/^id is bigint\S* not null, was int\S* not null$/)],
      });
      const [rows] = await pool.query<RowDataPacket[]>(`SELECT id FROM ${prefix}gold.second`);
      expect(rows).toHaveLength(4);
    },
    TIMEOUT_MS,
  );

  it(
    "says what a rebuilt history would differ in, without the rows of earlier days",
    async () => {
      writeFiles(folder, {
        ...PROJECT,
        "models/gold/kept.sql": "select id, upper(name) as name from {{ source('staging', 'people') }} where id < 4",
      });

      const outcome = await review();

      expect(outcome.tables.map(({ model }) => [model.name, model.rows])).toEqual([
        ["kept", { live: 5, review: 5, added: 0, removed: 0, changed: 2 }],
      ]);
      expect(outcome.notes).toEqual([
        "gold.kept keeps the rows of earlier days, which this change does not rebuild. Rebuilt from the live inputs alone, " +
          "by the base and by this change, of 4 rows: 0 rows added; 1 removed; 2 changed (name in 2). " +
          "What a rebuild of earlier days would change, only their dumps can show: docs/backfill.md.",
      ]);
      expect(await reviewSchemas()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(["build", "comparison"])(
    "ends its %s when a run publishes, so that the publication does not wait for its queries",
    async (phase) => {
      const wait = `${prefix}hold`;
      writeFiles(folder, {
        ...PROJECT,
        "models/gold/second.sql":
          phase === "build"
            ? `select p.id, p.name, p.phone, get_lock('${wait}', 300) as amount from {{ source('staging', 'people') }} p`
            : second("11 * id"),
      });
      const [holder, publisher] = [await connect(warehouse.config), await connect(warehouse.config)];
      await holder.query("SELECT GET_LOCK(?, 0)", [wait]);
      // the comparison reads this table first
      if (phase === "comparison") await holder.query(`LOCK TABLES ${prefix}gold.second WRITE`);

      const reviewed = review().then(
        () => undefined,
        (error: unknown) => error,
      );
      await waitFor("the review to read a live table", async () => (await isWaiting()) || undefined);
      await publisher.query(
        `INSERT INTO ${prefix}pipeline.publication (run_id, layer, attempt, state, plan, intended_at)
          VALUES ('run-8', 'staging', 1, 'intended', '{}', UTC_TIMESTAMP(6))`,
      );
      if (phase === "build") {
        await publisher.query(
          `RENAME TABLE ${prefix}staging.people TO ${prefix}gold.old, ${prefix}gold.old TO ${prefix}staging.people`,
        );
      }
      const error = await reviewed;
      const sessions = await isWaiting();
      await publisher.query(`DELETE FROM ${prefix}pipeline.publication`);
      for (const connection of [holder, publisher]) await connection.end();

      expect(error).toMatchObject({
        code: "REVIEW_INPUTS_REPLACED",
        message: expect.stringContaining("staging of run run-8") as string,
      });
      expect(sessions).toBe(false);
      expect(await reviewSchemas()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "compares models with odd names, also when two reviews run at once",
    async () => {
      const names = ["live", "review_x", "odd", "quotes", "tick"];
      const aliases: Record<string, string> = { odd: "a.b c", quotes: `a"b'c;--`, tick: "a`b" };
      writeFiles(folder, {
        ...PROJECT,
        ...Object.fromEntries(
          names.flatMap((name) => {
            const alias = aliases[name];
            return Object.entries(modelFiles(name, alias === undefined ? undefined : { alias }));
          }),
        ),
      });

      const outcomes = await Promise.all([review(), review()]);

      for (const { tables, failures } of outcomes) {
        // dbt does not quote it, so the server refuses the statement
        expect(failures).toEqual([expect.stringMatching(/^tick: Database Error in model tick/)]);
        expect(tables.map(({ model }) => [model.name, model.schema, model.rows.added]).sort()).toEqual([
          ["live", `${prefix}gold`, 4],
          ["odd", `${prefix}gold`, 4],
          ["quotes", `${prefix}gold`, 4],
          ["review_x", `${prefix}gold`, 4],
        ]);
      }
      expect(await reviewSchemas()).toEqual([]);
      removeFiles(
        folder,
        names.flatMap((name) => Object.keys(modelFiles(name))),
      );
    },
    TIMEOUT_MS,
  );

  it("lists removed models, new and dropped columns, and tests of tables that it does not build", async () => {
    const columns = { id: "int", name: "varchar(20)", initial: "varchar(1)" };
    const test = { "tests/people_have_ids.sql": "select * from {{ source('staging', 'people') }} where id is null" };
    writeFiles(folder, {
      ...PROJECT,
      ...test,
      "models/silver/first.sql": "select id, name, left(name, 1) as initial from {{ source('staging', 'people') }}",
      "models/silver/first.yml": yamlOf("models", "first", columns),
      "models/gold/second.sql": "select id, name, initial from {{ ref('first') }}",
      "models/gold/second.yml": yamlOf("models", "second", columns),
    });
    removeFiles(folder, ["models/gold/kept.sql", "models/gold/kept.yml"]);

    const outcome = await review();
    removeFiles(folder, Object.keys(test));
    writeFiles(folder, PROJECT);

    expect(reviewOf(outcome).verdict).toBe("changed");
    expect(outcome.tables.map(({ model }) => [model.name, model.schemaChanges, model.rows.changed])).toEqual([
      ["first", ["initial is new: varchar(1)", "phone is gone: varchar(20)"], 0],
      ["second", [expect.stringMatching(/^initial is new/), expect.stringMatching(/^phone is gone/), expect.stringMatching(/^amount is gone/)], 0],
    ]);
    expect(outcome.removed).toEqual(["kept"]);
    expect(outcome.notes).toEqual(["Passed on live tables: people_have_ids"]);
  }); // prettier-ignore

  it("refuses to compare with nothing", async () => {
    await expect(review({})).rejects.toMatchObject({ code: "REVIEW_NOTHING_LIVE" });
  });

  it("ends when its SQL takes the lock of a layer, for which a run would wait", async () => {
    const lock = layerLockName(`${prefix}gold`);
    writeFiles(folder, { ...PROJECT, "models/gold/second.sql": second(`get_lock('${lock}', 0) + sleep(300)`) });

    await expect(review()).rejects.toMatchObject({ code: "REVIEW_TOOK_LOCK" });

    const [[row]] = await pool.query<RowDataPacket[]>("SELECT IS_FREE_LOCK(?) AS is_free", [lock]);
    expect(row).toEqual({ is_free: 1 });
    expect(await reviewSchemas()).toEqual([]);
  });

  it("ends the statements of a killed dbt, and removes its schemas", async () => {
    const holder = await connect(warehouse.config);
    await holder.query("SELECT GET_LOCK(?, 0)", [`${prefix}hold`]);
    writeFiles(folder, {
      ...PROJECT,
      "models/gold/second.sql": `select id, name, phone, get_lock('${prefix}hold', 300) as amount from {{ ref('first') }}`,
    });

    const reviewed = review().then(
      () => undefined,
      (error: unknown) => error,
    );
    await waitFor("the review to read a live table", isWaiting);
    for (const pid of processesOf(folder)) process.kill(pid, "SIGKILL");
    const error = await reviewed;
    const remaining = await isWaiting();
    await holder.end();

    expect(error).toMatchObject({ code: "CHILD_KILLED" });
    expect(remaining).toBe(false);
    expect(await reviewSchemas()).toEqual([]);
  });

  it("leaves schemas that the sweep drops once nobody uses them, as the user dbt", async () => {
    const [user, holder] = [quoteAccount(`${prefix}dbt`, "%"), await connect(warehouse.config)];
    for (const owner of ["dead", "used"])
      await pool.query(`CREATE DATABASE IF NOT EXISTS ${prefix}review_${owner}_gold`);
    await pool.query(`CREATE TABLE ${prefix}review_dead_gold.t (id int)`);
    await holder.query("SELECT GET_LOCK(?, 0)", [`${prefix}review_used_`]);
    await pool.query(`CREATE USER ${user} IDENTIFIED BY 'only-for-this-test'`);
    for (const statement of grantsOf("dbt", names)) await pool.query(statement);
    const login = { ...warehouse.config, user: `${prefix}dbt`, password: "only-for-this-test" };
    const sweep = (): Promise<string[]> =>
      dropReviewSchemas({ warehouse: login, logger: new Logger({ logLevel: "SILENT" }) });
    // a statement of a killed review goes on
    const statement = await connect(warehouse.config);
    await statement.query("START TRANSACTION");
    await statement.query(`SELECT * FROM ${prefix}review_dead_gold.t`);

    const inUse = await sweep();
    await statement.end();
    const dropped = await sweep();
    holder.destroy();
    await waitFor("the killed session to lose its lock", async () => (await sweep())[0]);
    await pool.query(`DROP USER ${user}`);

    expect([inUse, dropped]).toEqual([[], [`${prefix}review_dead_gold`]]);
    expect(await reviewSchemas()).toEqual([]);
  });

  describe("by the function", () => {
    const harness = new LayerHarness(silverPolicy, {}, warehouse);
    const keysOf = (id: string): ReturnType<typeof reviewKeys> => reviewKeys(id);

    beforeAll(async () => {
      await harness.start();
      for (const layer of ["staging", "silver", "gold"]) {
        await harness.pretendPublished(layer, `${SET.businessDate}-1a2b3c4d`, SET.businessDate);
      }
    }, TIMEOUT_MS);

    /** Requests the review of these changed files, and delivers the request once. */
    async function deliver(
      changes: Record<string, string>,
      {
        id = randomUUID(),
        remainingMs = RESERVE_MS + TIMEOUT_MS,
        sha256,
      }: { id?: string; remainingMs?: number; sha256?: string } = {},
    ) {
      const project = {
        ...PROJECT,
        "dbt_project.yml": readFileSync(join(folder, "dbt_project.yml"), "utf8"),
        ...macros,
      };
      const entries = (side: string, files: object): [string, Uint8Array][] =>
        Object.entries(files).map(([path, text]) => [`${side}/${path}`, strToU8(String(text))]);
      const zip = zipSync(
        Object.fromEntries([...entries("base", project), ...entries("change", { ...project, ...changes })]),
      );
      const Bucket = harness.environment.BATON_BUCKET;
      await harness.aws.s3.send(new PutObjectCommand({ Bucket, Key: keysOf(id).project, Body: zip }));
      const hash = createHash("sha256").update(zip).digest("hex");
      const event = exampleEvent("ReviewRequested", {
        base: "main",
        project: { key: keysOf(id).project, sha256: sha256 ?? hash, bytes: zip.length },
      });
      event.detail.metadata.eventId = id;
      await harness.send(event);
      const { sqs } = harness.aws;
      const { BATON_QUEUE_URL: queueUrl, BATON_DLQ_URL: dlqUrl } = harness.environment;
      const environment = {
        ...harness.environment,
        ...{ AURORA_USER: `${prefix}review`, AURORA_PASSWORD: "only-for-this-test" },
        ...{ BATON_DBT_PYTHON: python, BATON_DBT_PROJECT: dbtFolder, BATON_REVIEW_CHECK_SECONDS: 30 },
        BATON_LAYER_SCHEMAS: ["staging", "silver", "gold"].map((name) => ({ name, alsoBuilds: [] })),
      };
      const record = await harness.receive();
      const disposition = await reviewMessage(new QueueMessage(record, { sqs, queueUrl, dlqUrl }), {
        ...{ aws: harness.aws, environment, remainingMs },
      });
      const read = async (Key: string): Promise<string> =>
        (await (await harness.aws.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? "";
      const answer = await readAnswer({ s3: harness.aws.s3, bucket: Bucket, key: keysOf(id).answer });
      return { id, disposition, answer, read };
    }

    it(
      "answers with report and event",
      async () => {
        const { id, disposition, answer, read } = await deliver({ "models/gold/second.sql": second("11 * id") });

        expect(disposition).toBe("acknowledge");
        expect(answer).toMatchObject({ state: "ended", progress: ["second: success", "compares second"] });
        expect(JSON.parse(await read(keysOf(id).json))).toMatchObject({
          ...{ verdict: "changed", base: "main" },
          models: [{ name: "second", rows: { live: 4, review: 4, changed: 4 } }],
        });
        expect(await read(keysOf(id).markdown)).toMatch(/^⚠️ \*\*Changed: .* in second;/);
        const [event] = await waitFor("the event", async () => {
          const events = await harness.emitted();
          return events.length > 0 && events;
        });
        expect(event).toMatchObject({
          "detail-type": "ReviewCompleted",
          detail: {
            metadata: { correlationId: "request-1", causationId: id },
            data: { verdict: "changed", report: { json: keysOf(id).json, markdown: keysOf(id).markdown } },
          },
        });
        expect(await reviewSchemas()).toEqual([]);
      },
      TIMEOUT_MS,
    );

    it("waits with its message while another review runs", async () => {
      const other = await connect(warehouse.config);
      await other.query("SELECT GET_LOCK(?, 0)", [`${prefix}review`]);

      const { disposition, answer } = await deliver({});
      await other.end();

      expect(disposition).toBe("return");
      expect(answer).toEqual({ state: "waiting", progress: ["waits: another review is running"] });
    });

    it(
      "answers when its time is over, and drops its schemas",
      async () => {
        const { disposition, answer } = await deliver(
          { "models/gold/second.sql": second("sleep(300)") },
          { remainingMs: RESERVE_MS + 6_000 },
        );

        expect(disposition).toBe("acknowledge");
        expect(answer).toMatchObject({ state: "unfinished", error: { code: "REVIEW_UNFINISHED" } });
        expect(await reviewSchemas()).toEqual([]);
      },
      TIMEOUT_MS,
    );

    it("answers for a delivery that was killed, and refuses a zip with another hash", async () => {
      const id = randomUUID();
      const Body = JSON.stringify({ state: "running", progress: ["second: success"] });
      await harness.aws.s3.send(
        new PutObjectCommand({ Bucket: harness.environment.BATON_BUCKET, Key: keysOf(id).answer, Body }),
      );

      const killed = await deliver({}, { id });
      const refused = await deliver({}, { sha256: "0".repeat(64) });

      expect(killed.answer).toMatchObject({
        state: "unfinished",
        progress: ["second: success"],
        error: { code: "REVIEW_UNFINISHED" },
      });
      expect(refused.answer).toMatchObject({ state: "unfinished", error: { code: "REVIEW_PROJECT_INVALID" } });
      expect([killed.disposition, refused.disposition]).toEqual(["acknowledge", "acknowledge"]);
    });
  });
});
