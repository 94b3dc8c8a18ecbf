/** @bothEngines */
import type { RowDataPacket } from "mysql2/promise";
import { testWarehouse } from "../../support/warehouse.ts";
import { dbt, withStatus } from "./dbt-command.ts";
import { describedProject } from "./dbt-yaml.ts";

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

  it("cover every model", () => {
    const { tables, unitTests } = describedProject();

    const models = [...tables.silver, ...tables.gold].map(({ name }) => name);

    expect([...new Set(unitTests.map(({ model }) => model))].sort()).toEqual(models.sort());
  });
});
