import type { RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../../../shared/warehouse/tables/identifier.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { buildLayer, dbt, withStatus, type DbtRun } from "./dbt-command.ts";
import { makeProject, yamlOf } from "./own-project.ts";
import { loadStaging, smallBusiness } from "./small-business.ts";

const TIMEOUT_MS = 120_000;

/** Errors that end a run before anything is built. */
function errors(run: DbtRun): string {
  return run.events
    .filter(({ info }) => info.level === "error")
    .map(({ info }) => info.msg)
    .join("\n");
}

describe("before a build", () => {
  const warehouse = testWarehouse();
  const staging = `${warehouse.prefix}staging`;

  beforeEach(() => loadStaging(warehouse, smallBusiness));
  afterAll(() => warehouse.dispose());

  it(
    "names every table and column that is missing, and builds nothing",
    async () => {
      await warehouse.pool.query(`DROP TABLE ${quoteTable(staging, "m_nationalities")}`);
      await warehouse.pool.query(`ALTER TABLE ${quoteTable(staging, "movings")} DROP cancel_flag, DROP rent`);
      await warehouse.pool.query(`ALTER TABLE ${quoteTable(staging, "rooms")} RENAME COLUMN room_number TO room_no`);

      const run = await buildLayer(warehouse.config, "silver");

      expect(run.exitCode).toBe(2);
      expect(errors(run)).toContain(
        ["m_nationalities", "movings.cancel_flag", "movings.rent", "rooms.room_number"]
          .map((name) => `${staging}.${name}`)
          .join(", "),
      );
      expect(run.events.filter(({ info }) => info.name === "NodeStart")).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "says what the YAML of a model lacks",
    async () => {
      const project = makeProject({
        "models/silver/bare.sql": "select 1 as id, 2 as line",
        "models/silver/untyped.sql": "select 1 as id, 2 as line",
        "models/silver/untyped.yml": yamlOf("models", "untyped", { id: "int", line: "" }),
      });

      const run = await buildLayer(warehouse.config, "silver", { project });

      const messages = Object.fromEntries(run.results.map(({ name, message }) => [name, message]));
      expect(messages["bare"]).toMatch(
        /Model bare has no YAML that describes its columns\.\s+write: models\/silver\/bare\.yml, .*: id, line/,
      );
      expect(messages["untyped"]).toContain("Model untyped has columns without data_type in its YAML: line");
    },
    TIMEOUT_MS,
  );

  it(
    "requires the silver tables before it builds gold",
    async () => {
      const run = await buildLayer(warehouse.config, "gold");

      expect(run.exitCode).toBe(2);
      expect(errors(run)).toContain(`${warehouse.prefix}silver.int_contracts`);
    },
    TIMEOUT_MS,
  );

  it(
    "drops the leftovers of a killed run",
    async () => {
      const next = `${warehouse.prefix}silver_next`;
      await warehouse.pool.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(next)}`);
      await warehouse.pool.query(`CREATE TABLE ${quoteTable(next, "stg_rooms__dbt_tmp")} (id INT)`);

      await buildLayer(warehouse.config, "silver", { args: ["--select", "code_gender"] });

      const [left] = await warehouse.pool.query("SHOW TABLES FROM ?? LIKE '%dbt_tmp'", [next]);
      expect(left).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "refuses to build in live schemas",
    async () => {
      const run = await dbt(warehouse.config, ["build", "--select", "stg_rooms", "code_gender"], {
        vars: { build_layer: "gold" },
      });

      expect(withStatus(run, "error").sort()).toEqual(["code_gender", "stg_rooms"]);
      expect(run.output).toContain(`This would build \`${warehouse.prefix}silver\`.\`stg_rooms\` where people read`);
      const [tables] = await warehouse.pool.query<RowDataPacket[]>(
        "SELECT table_name FROM information_schema.tables WHERE table_schema IN (?)",
        [["seeds", "silver"].map((name) => warehouse.prefix + name)],
      );
      expect(tables).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each<[string, Record<string, string>, string]>([
    ["business_date malformed", { business_date: "07.02.2026" }, "expected YYYY-MM-DD"],
    ["run_id missing", { run_id: "" }, "Var run_id is missing"],
  ])(
    "names the invalid var: %s",
    async (_, vars, message) => {
      const run = await buildLayer(warehouse.config, "silver", { vars });

      expect(run.exitCode).toBe(2);
      expect(errors(run)).toContain(message);
    },
    TIMEOUT_MS,
  );

  it(
    "names the missing environment variable",
    async () => {
      const run = await buildLayer(warehouse.config, "silver", { env: { AURORA_ENDPOINT: undefined } });

      expect(run.exitCode).toBe(2);
      expect(run.output).toContain("Env var required but not provided: 'AURORA_ENDPOINT'");
    },
    TIMEOUT_MS,
  );

  it(
    "verifies the server's certificate by default",
    async () => {
      const run = await buildLayer(warehouse.config, "silver", { env: { BATON_DATABASE_TLS: undefined } });

      expect(run.exitCode).toBe(2);
      expect(run.output).toContain("BATON_DATABASE_CA names no CA bundle");
    },
    TIMEOUT_MS,
  );
});
