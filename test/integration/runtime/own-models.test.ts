import type { RowDataPacket } from "mysql2/promise";
import { businessDateSchema, runIdOf, type RunId } from "../../../events/ids.ts";
import { dbtLayer } from "../../../functions/dbt-layer/dbt-layer.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { openLedger } from "../../../shared/ledger/open-ledger.ts";
import { settleOpenIntents } from "../../../shared/ledger/publication/settle-open-intents.ts";
import { readQuality, type TestResult } from "../../../shared/ledger/reads/read-quality.ts";
import { acceptTests } from "../../../shared/ledger/records/acceptances.ts";
import { grantsOf, quoteAccount, type DatabaseUser } from "../../../shared/warehouse/users/grants.ts";
import { userOfFunction } from "../../../shared/warehouse/users/user-of-function.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";
import { LayerHarness, silverPolicy } from "../../support/ledger/layer-harness.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { python } from "../dbt/dbt-command.ts";
import { makeProject, removeFiles, writeFiles, yamlOf } from "../dbt/own-project.ts";

const TIMEOUT_MS = 240_000;
const silver = dbtLayer(silverPolicy);
/** The longest name that MySQL permits. */
const LONG = `m${"o".repeat(62)}l`;
const KEY = { day: "date", n: "int" };

/** A model of the layer, with its YAML. */
function model(name: string, sql: string, config: Parameters<typeof yamlOf>[3] = {}): Record<string, string> {
  return { [`models/silver/${name}.sql`]: sql, [`models/silver/${name}.yml`]: yamlOf("models", name, KEY, config) };
}

/** Adds the row of the day; a repeated day adds its row again. */
const days = `select day, n from {{ ref('today') }}
     {% if is_incremental() %}
     where day > (select coalesce(max(day), '1970-01-01') from {{ this }})
     union all select day, n from {{ this }} where day = '{{ var("business_date") }}'
     {% endif %}`;
const incremental = { materialized: "incremental" };

const files = {
  ...model("today", `select cast('{{ var("business_date") }}' as date) as day, 1 as n`, { materialized: "ephemeral" }),
  ...model("days", days, incremental),
  ...model("all_days", "select day, n from {{ ref('days') }} where 'silver_next.' <> ''", { materialized: "view" }),
  ...model("counted", "select max(day) as day, count(*) as n from {{ ref('all_days') }}"),
  ...model(LONG, "{{ config(post_hook='update {{ this }} set n = n + 10') }} select day, n from {{ ref('counted') }}"),
};

describe("a dbt layer publishes what dbt builds", () => {
  const project = makeProject(files);
  const warehouse = testWarehouse();
  const configOf = (user: DatabaseUser): WarehouseConfig => ({
    ...warehouse.config,
    ...{ user: warehouse.prefix + user, password: "only-for-this-test" },
  });
  /** The layer has its own database user, with its grants only. */
  const harness = new LayerHarness(
    silverPolicy,
    {
      ...{ BATON_DBT_PYTHON: python, BATON_DBT_PROJECT: project, BATON_DBT_THREADS: 2 },
      // a server that is slow for 5 s on a busy machine is not lost
      BATON_HEARTBEAT_SECONDS: 10,
    },
    { ...warehouse, config: configOf("dbt") },
  );
  let runs = 0;
  let runId: RunId;

  const users = [...new Set<DatabaseUser>(["dbt", userOfFunction.sweep])];

  beforeAll(async () => {
    const { prefix } = warehouse;
    const layers = parseLayerTable([{ name: "staging" }, { name: "silver", alsoBuilds: ["seeds"] }]);
    const names = { layers, schemaPrefix: prefix, userPrefix: prefix, host: "%" };
    for (const user of users) {
      await warehouse.pool.query(`CREATE USER ${quoteAccount(prefix + user, "%")} IDENTIFIED BY 'only-for-this-test'`);
      for (const statement of grantsOf(user, names)) await warehouse.pool.query(statement);
    }
    await harness.start();
  });
  afterAll(async () => {
    for (const user of users) await warehouse.pool.query(`DROP USER ${quoteAccount(warehouse.prefix + user, "%")}`);
    await harness.stop();
  });

  async function query<T>(sql: string): Promise<T[]> {
    const text = sql.replaceAll("{prefix}", harness.warehouse.prefix);
    const [rows] = await harness.warehouse.pool.query<(RowDataPacket & T)[]>({ sql: text, dateStrings: true });
    return rows;
  }
  /** Runs the layer for a day. @returns its state in the ledger */
  async function run(day: string) {
    runs += 1;
    const businessDate = businessDateSchema.parse(day);
    runId = runIdOf(businessDate, runs.toString(16).padStart(8, "0").repeat(8));
    await harness.pretendPublished("staging", runId, businessDate);
    const ledger = await openLedger(harness.warehouse.config, {});
    const target = { fingerprint: ledger.target.fingerprint, host: "127.0.0.1", schema: "staging" };
    await ledger.pool.end();
    await harness.send(exampleEvent("LayerCompleted", { layer: "staging", businessDate, target }, runId));
    await deliver();
    return layer();
  }
  async function deliver(): Promise<void> {
    await harness.deliver(silver, { deadline: new Date(Date.now() + TIMEOUT_MS) });
  }
  /** Settles publications as the sweep does, with its database user. @returns how many */
  async function sweep(): Promise<number> {
    const ledger = await openLedger(harness.warehouse.config, {});
    const settled = await settleOpenIntents({ pool: ledger.pool, warehouse: configOf(userOfFunction.sweep) }, 0);
    await ledger.pool.end();
    return settled;
  }
  async function layer() {
    return (await harness.status(runId))?.layers[0];
  }
  async function tests(): Promise<TestResult[]> {
    const ledger = await openLedger(harness.warehouse.config, {});
    const results = await readQuality(ledger.pool, runId);
    await ledger.pool.end();
    return results;
  }
  async function accept(results: readonly TestResult[]): Promise<void> {
    const ledger = await openLedger(harness.warehouse.config, {});
    await acceptTests(ledger.pool, runId, results, { acceptedBy: "mari", reason: "right as it is" });
    await ledger.pool.end();
  }
  /** Everything that readers can see. */
  async function live() {
    const relations = await query<{ name: string; type: string }>(
      `SELECT table_name AS name, table_type AS type FROM information_schema.tables
        WHERE table_schema = '{prefix}silver' ORDER BY 1`,
    );
    const rows: Record<string, unknown> = {};
    for (const { name } of relations) rows[name] = await query(`SELECT * FROM {prefix}silver.${name} ORDER BY day`);
    return { views: relations.filter(({ type }) => type === "VIEW").map(({ name }) => name), rows };
  }

  it(
    "publishes tables, incremental models and views of live tables; a day that runs again changes nothing",
    async () => {
      expect(await run("2026-02-06")).toMatchObject({ state: "completed", error: null });
      const first = await live();
      // the second run ends between its RENAME and its record, and the sweep completes the publication
      const refuse = "FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the server went away'";
      await query(`CREATE TRIGGER {prefix}pipeline.no_record BEFORE INSERT ON {prefix}pipeline.backup ${refuse}`);
      expect(await run("2026-02-06")).toMatchObject({ state: "retrying" });
      await query("DROP TRIGGER {prefix}pipeline.no_record");
      expect(await sweep()).toBe(1);
      await deliver();
      expect(await layer()).toMatchObject({ state: "completed", attempts: 2, error: null });
      expect(await live()).toEqual(first);
      expect(await run("2026-02-07")).toMatchObject({ state: "completed", error: null });

      const both = ["2026-02-06", "2026-02-07"].map((day) => ({ day, n: 1 }));
      const counted = [{ day: "2026-02-07", n: 2 }];
      expect(await live()).toEqual({
        views: ["all_days"],
        rows: { all_days: both, counted, days: both, [LONG]: [{ day: "2026-02-07", n: 12 }] },
      });
      expect(first.rows).toMatchObject({ counted: [{ day: "2026-02-06", n: 1 }] });
      const steps = (await layer())?.steps.map(({ name }) => name);
      expect(steps).toEqual(expect.arrayContaining(["days", "all_days", LONG]));
    },
    TIMEOUT_MS,
  );

  it(
    "publishes only when both tests of one name pass or are accepted, also when it has a hyphen",
    async () => {
      const before = await live();
      const named = (column: string) => ({
        holds: { name: "has-rows,2", arguments: { expression: `${column} is null` } },
      });
      writeFiles(project, model("days", days, { ...incremental, data_tests: [named("day"), named("n")] }));

      expect(await run("2026-02-07")).toMatchObject({ state: "failed", error: { code: "QUALITY_TESTS_FAILED" } });
      const failed = (await tests()).filter(({ status }) => status === "fail");
      expect(failed.map(({ test }) => test)).toEqual(["has-rows,2", "has-rows,2"]);
      await accept(failed.slice(0, 1));
      await harness.replay();
      await deliver();
      expect(await layer()).toMatchObject({ state: "failed", error: { code: "QUALITY_TESTS_FAILED" } });
      expect(
        (await tests())
          .map(({ status }) => status)
          .filter((status) => status !== "pass")
          .sort(),
      ).toEqual(["accepted", "fail"]);
      await accept(failed.slice(1));
      await harness.replay();
      await deliver();

      expect(await layer()).toMatchObject({ state: "completed" });
      expect(await live()).toEqual(before);
    },
    TIMEOUT_MS,
  );

  it(
    "fails before the build, with the next step, when a seed has a schema that the layer table does not name",
    async () => {
      const seed = {
        "seeds/towns.csv": "day,n\n2026-02-07,1\n",
        "seeds/towns.yml": yamlOf("seeds", "towns", KEY, { schema: "lists" }),
      };
      writeFiles(project, seed);

      expect(await run("2026-02-07")).toMatchObject({ state: "failed", attempts: 1, error: { retriable: false } });

      const message = (await layer())?.error?.message ?? "";
      expect(message).toContain("seed towns in the schema lists");
      expect(message).toContain("add lists to alsoBuilds of the layer silver");
      removeFiles(project, Object.keys(seed));
    },
    TIMEOUT_MS,
  );

  it(
    "moves removed models and views to the backup, and fails before the build for models that it cannot publish",
    async () => {
      removeFiles(project, Object.keys({ ...model("all_days", ""), ...model(LONG, "") }));
      writeFiles(project, {
        ...model("counted", "select max(day) as day, count(*) as n from {{ ref('days') }}"),
        ...model("days", days, incremental),
      });
      expect(await run("2026-02-07")).toMatchObject({ state: "completed", error: null });
      const before = await live();
      expect(Object.keys(before.rows)).toEqual(["counted", "days"]);

      writeFiles(project, {
        ...model("copied", "select day, n from {{ ref('days') }}", { materialized: "materialized_view" }),
        ...model("appended", "select day, n from {{ ref('days') }}", {
          ...{ materialized: "incremental", incremental_strategy: "append" },
        }),
        "snapshots/kept.sql": `{% snapshot kept %}
          {{ config(target_schema='silver', unique_key='day', strategy='check', check_cols='all') }}
          select day, n from {{ ref('days') }}
          {% endsnapshot %}`,
        ...model("aliased", "select day, n from {{ ref('days') }}", { alias: `${LONG}l` }),
      });

      expect(await run("2026-02-07")).toMatchObject({ state: "failed", attempts: 1, error: { retriable: false } });
      const message = (await layer())?.error?.message ?? "";
      for (const name of [
        "model.baton.aliased: its name has 65 characters",
        "model.baton.appended: incremental_strategy append",
        "model.baton.copied: materialized as",
        "snapshot.baton.kept: snapshots read the clock",
      ]) {
        expect(message).toContain(name);
      }
      expect((await layer())?.steps).toEqual([]);
      expect(await live()).toEqual(before);
    },
    TIMEOUT_MS,
  );
});
