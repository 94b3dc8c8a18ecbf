/** @bothEngines */
import type { RowDataPacket } from "mysql2/promise";
import { testWarehouse } from "../../support/warehouse.ts";
import { dbt, withStatus } from "./dbt-command.ts";
import { describedProject } from "./dbt-yaml.ts";
import { makeProject, yamlOf } from "./own-project.ts";

/** A type of each kind that tables have, with a value of it. */
const VALUES: Readonly<Record<string, string | number>> = {
  "smallint unsigned": 65535,
  ...{ "bigint(20) unsigned zerofill": "18446744073709551615", "tinyint(1)": -1, "bit(1)": 1, year: 2026 },
  ...{
    "decimal(8,2) unsigned": 1.25,
    "double(8,2)": 0.5,
    float: 0.5,
    "char(3)": "é🎬",
    text: "a",
    "set('a','b,)')": "a",
  },
  ...{
    "enum('it''s','b)')": "b)",
    "varchar(9) collate utf8mb4_bin": "Ab",
    json: "[1]",
    "datetime(3)": "2026-02-07 01:02:03.456",
  },
  ...{ "time(1)": "-12:15:00.5", "varbinary(3)": "ab", mediumblob: "ab" },
};

describe("dbt's unit tests", () => {
  const warehouse = testWarehouse();
  afterAll(() => warehouse.dispose());

  it("pass on a server without any table", async () => {
    const { unitTests } = describedProject();

    const run = await dbt(warehouse.config, ["test", "--select", "test_type:unit"]);

    expect(withStatus(run, "error", "fail", "skipped")).toEqual([]);
    expect(run.results.filter(({ unique_id }) => unique_id.startsWith("unit_test."))).toHaveLength(unitTests.length);
    expect(run.exitCode).toBe(0);
    const [schemas] = await warehouse.pool.query<RowDataPacket[]>(
      "SELECT table_name FROM information_schema.tables WHERE LEFT(table_schema, ?) = ?",
      [warehouse.prefix.length, warehouse.prefix],
    );
    expect(schemas).toEqual([]);
  }, 240_000);

  it("take inputs of every type", async () => {
    const named = Object.entries(VALUES).map(([type, value], index) => ({ name: `c${index}`, type, value }));
    const columns = Object.fromEntries(named.map(({ name, type }) => [name, type]));
    const row = Object.fromEntries(named.map(({ name, value }) => [name, value]));
    const all = { ...columns, place: "geometry" };
    const unitTest = {
      ...{ name: "values_stay", model: "copied" },
      given: [{ input: "ref('given')", rows: [row, {}] }],
      expect: { rows: [row, Object.fromEntries(named.map(({ name }) => [name, null]))] },
    };
    const project = makeProject({
      "models/silver/given.sql": "select 1",
      "models/silver/given.yml": yamlOf("models", "given", all),
      "models/silver/copied.sql": "select * from {{ ref('given') }}",
      "models/silver/copied.yml": yamlOf("models", "copied", all),
      "models/silver/values.yml": JSON.stringify({ version: 2, unit_tests: [unitTest] }),
    });

    const run = await dbt(warehouse.config, ["test", "--select", "test_type:unit"], { project });

    expect(run.results.map(({ status, message }) => ({ status, message }))).toMatchObject([{ status: "pass" }]);
  }, 240_000);

  it("cover every model", () => {
    const { tables, unitTests } = describedProject();

    const models = [...tables.silver, ...tables.gold].map(({ name }) => name);

    expect([...new Set(unitTests.map(({ model }) => model))].sort()).toEqual(models.sort());
  });
});
