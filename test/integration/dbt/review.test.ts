import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../../../shared/config/schemas-of.ts";
import { migrate } from "../../../shared/ledger/schema/migrate.ts";
import { reviewOf, type ReviewOutcome } from "../../../shared/review/review.ts";
import { runReview } from "../../../shared/review/run-review.ts";
import { connect, createPool } from "../../../shared/warehouse/connection/connect.ts";
import { grantsOf, quoteAccount } from "../../../shared/warehouse/users/grants.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { waitFor } from "../../support/wait-for.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { dbt, python } from "./dbt-command.ts";
import { makeProject, writeFiles, yamlOf } from "./own-project.ts";

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

describe("a review", () => {
  const warehouse = testWarehouse();
  const { prefix, pool } = warehouse;
  const folder = makeProject(PROJECT);
  const base = makeProject(PROJECT);
  const account = quoteAccount(`${prefix}review`, "%");
  const ledger = createPool(warehouse.config, { schema: ledgerSchemaOf(prefix) });
  let baseState: string;

  const review = (onProgress: (text: string) => void = () => undefined): Promise<ReviewOutcome> =>
    runReview({
      installation: { python, project: folder, threads: 2 },
      baseInstallation: { python, project: base, threads: 2 },
      warehouse: { ...warehouse.config, user: `${prefix}review`, password: "only-for-this-test" },
      ...{ ledger, baseState, base: "main", select: ["state:modified+"] },
      readLiveSets: () => Promise.resolve({ staging: SET, silver: SET, gold: SET }),
      workFolder: mkdtempSync(join(tmpdir(), "baton-review-")),
      onProgress,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  async function reviewSchemas(): Promise<string[]> {
    const [rows] = await pool.query<(RowDataPacket & { name: string })[]>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ? ORDER BY 1",
      [prefix.length + 7, `${prefix}review_`],
    );
    return rows.map(({ name }) => name);
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
    const layers = parseLayerTable([{ name: "staging" }, { name: "silver" }, { name: "gold" }]);
    const names = { layers, schemaPrefix: prefix, userPrefix: prefix, host: "%" };
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
      writeFiles(folder, {
        ...PROJECT,
        "models/silver/first.yml": yamlOf("models", "first", {
          id: "bigint",
          name: "varchar(20)",
          phone: "varchar(20)",
        }),
        "models/gold/second.sql": `{% if execute %}{% do run_query("delete from ${prefix}gold.second") %}{% endif %} ${second("10 * id")}`,
      });

      const outcome = await review();

      expect(reviewOf(outcome).verdict).toBe("failed");
      expect(outcome.failures).toEqual([expect.stringMatching(/^second: [^]*command denied/)]);
      expect(outcome.tables[0]?.model).toMatchObject({
        name: "first",
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
      const waiting = async (): Promise<boolean> => {
        const [rows] = await pool.query<RowDataPacket[]>(
          "SELECT 1 FROM information_schema.processlist WHERE user = ? AND (info LIKE '%get_lock%' OR state LIKE '%metadata lock%')",
          [`${prefix}review`],
        );
        return rows.length > 0;
      };

      const reviewed = review().then(
        () => undefined,
        (error: unknown) => error,
      );
      await waitFor("the review to read a live table", async () => (await waiting()) || undefined);
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
      const sessions = await waiting();
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
});
