import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { RowDataPacket } from "mysql2/promise";
import { buildLayer, dbt, withStatus, type DbtRun } from "./dbt-command.ts";
import { describedProject } from "./dbt-yaml.ts";
import { allRowsOf, loadStaging, publish, rowsOf, smallBusiness } from "./small-business.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const catalogSchema = z.object({
  nodes: z.record(z.string(), z.object({ columns: z.record(z.string(), z.unknown()) })),
});
const TIMEOUT_MS = 240_000;

interface ColumnRow extends RowDataPacket {
  tableName: string;
  name: string;
  type: string;
  isNullable: string;
  description: string;
}

describe("the layers, built from empty schemas", () => {
  const warehouse = testWarehouse();
  const project = describedProject();
  let silver: DbtRun;
  let gold: DbtRun;

  beforeAll(async () => {
    await loadStaging(warehouse, smallBusiness);
    silver = await buildLayer(warehouse.config, "silver");
    await publish(warehouse, "silver");
    gold = await buildLayer(warehouse.config, "gold");
    await publish(warehouse, "gold");
  }, TIMEOUT_MS);
  afterAll(() => warehouse.dispose());

  it("builds every model and passes every test", () => {
    expect(withStatus(silver, "error", "fail", "skipped")).toEqual([]);
    expect(withStatus(gold, "error", "fail", "skipped")).toEqual([]);
    expect([silver.exitCode, gold.exitCode]).toEqual([0, 0]);
    const built = [...silver.results, ...gold.results].map(({ name }) => name);
    const expected = Object.values(project.tables).flatMap((tables) => tables.map(({ name }) => name));
    expect(built).toEqual(expect.arrayContaining(expected));
  });

  it.each(["seeds", "silver", "gold"] as const)(
    "creates the tables of %s as described in their YAML",
    async (schema) => {
      const [columns] = await warehouse.pool.query<ColumnRow[]>(
        `SELECT table_name AS tableName, column_name AS name, is_nullable AS isNullable, column_comment AS description,
          CONCAT(column_type, IF(collation_name <> 'utf8mb4_unicode_ci', CONCAT(' collate ', collation_name), '')) AS type
        FROM information_schema.columns WHERE table_schema = ? ORDER BY BINARY table_name, ordinal_position`,
        [warehouse.prefix + schema],
      );
      const found = columns.map(({ tableName, name, type, isNullable }) => ({
        table: tableName,
        name,
        // MariaDB shows the display width of integers, MySQL does not
        type: type.replace(/int\(\d+\)/, "int"),
        isNullable: isNullable === "YES",
      }));

      const described = [...project.tables[schema]]
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .flatMap((table) =>
          table.columns.map(({ name, data_type, constraints }) => ({
            table: table.name,
            name,
            type: data_type,
            isNullable: !constraints.some(({ type }) => type === "not_null"),
          })),
        );
      expect(found).toEqual(described);
      expect(columns.filter(({ description }) => description === "")).toEqual([]);
    },
  );

  it("gives every table its grain as primary key, and its indexes", async () => {
    for (const schema of ["seeds", "silver", "gold"] as const) {
      const [keys] = await warehouse.pool.query<
        (RowDataPacket & { tableName: string; name: string; columns: string })[]
      >(
        `SELECT table_name AS tableName, index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
          FROM information_schema.statistics WHERE table_schema = ? GROUP BY table_name, index_name`,
        [warehouse.prefix + schema],
      );
      for (const { name: table, config } of project.tables[schema]) {
        const { primary_key = [], indexes = [] } = config?.meta ?? {};
        const found = keys.filter(({ tableName }) => tableName === table).map(({ columns }) => columns);
        const expected = [primary_key, ...indexes].map((columns) => [columns].flat().join(","));
        expect({ table, keys: found.sort() }).toEqual({ table, keys: expected.sort() });
      }
    }
  });

  it("describes every table, column and source", () => {
    const tables = [...Object.values(project.tables).flat(), ...[...project.sources.values()].flat()];
    const silent = tables.flatMap(({ name, description, columns }) => [
      ...(description === "" ? [name] : []),
      ...columns.filter((column) => column.description === "").map((column) => `${name}.${column.name}`),
    ]);

    expect(silent).toEqual([]);
  });

  it("computes the figures of the small business", async () => {
    expect(await rowsOf(warehouse, "gold", "daily_activity_summary")).toMatchObject([
      { activity_date: "2020-03-01", tenant_type: "individual", inquiries_count: 1 },
      { activity_date: "2023-01-01", tenant_type: "corporate", applications_count: 1 },
      { activity_date: "2023-03-01", tenant_type: "individual", contracts_signed_count: 1 },
      { activity_date: "2023-04-01", tenant_type: "individual", confirmed_moveins_count: 1, net_occupancy_delta: 1 },
      { activity_date: "2024-03-01", tenant_type: "individual", contracts_signed_count: 1 },
      { activity_date: "2024-04-01", tenant_type: "individual", confirmed_moveins_count: 1 },
      { activity_date: "2026-02-05", tenant_type: "individual", confirmed_moveouts_count: 1, net_occupancy_delta: -1 },
      { activity_date: "2026-02-06", tenant_type: "corporate", contracts_signed_count: 1 },
    ]);
    expect(await rowsOf(warehouse, "gold", "moveout_analysis")).toMatchObject([
      {
        contract_id: 2,
        age: 25,
        nationality: "日本",
        rent_range: "50K-70K",
        age_group: "25-34",
        tenure_category: "Very Long (2yr+)",
        moveout_reason_en: "Returning Home",
        is_last_moveout: 1,
      },
    ]);
  });

  it(
    "has equal rows when the same day runs again",
    async () => {
      const before = { silver: await allRowsOf(warehouse, "silver"), gold: await allRowsOf(warehouse, "gold") };

      await buildLayer(warehouse.config, "silver", { vars: { run_id: "run-1" } });
      await publish(warehouse, "silver");
      await buildLayer(warehouse.config, "gold", { vars: { run_id: "run-1" } });
      await publish(warehouse, "gold");

      expect({ silver: await allRowsOf(warehouse, "silver"), gold: await allRowsOf(warehouse, "gold") }).toEqual(
        before,
      );
    },
    TIMEOUT_MS,
  );

  it(
    "stop at a gold table whose row count jumps, unless forced",
    async () => {
      await warehouse.pool.query(`DELETE FROM ${warehouse.prefix}gold.new_contracts WHERE contract_id > 1`);

      const run = await buildLayer(warehouse.config, "gold");
      const forced = await buildLayer(warehouse.config, "gold", { vars: { force: true } });

      expect(withStatus(run, "fail")).toEqual(["new_contracts_row_count_is_near_the_published"]);
      expect(withStatus(forced, "fail")).toEqual([]);
      expect(withStatus(forced, "warn")).toContain("new_contracts_row_count_is_near_the_published");
    },
    TIMEOUT_MS,
  );

  it(
    "are documented: dbt docs generate lists every column",
    async () => {
      const run = await dbt(warehouse.config, ["docs", "generate", "--no-compile"]);

      expect(run.exitCode).toBe(0);
      const catalog = catalogSchema.parse(JSON.parse(await readFile(`${run.folder}/target/catalog.json`, "utf8")));
      const columns = Object.values(catalog.nodes).flatMap(({ columns: names }) => Object.keys(names));
      const described = Object.values(project.tables)
        .flat()
        .flatMap((table) => table.columns.map(({ name }) => name));
      expect(columns.sort()).toEqual(described.sort());
    },
    TIMEOUT_MS,
  );
});
