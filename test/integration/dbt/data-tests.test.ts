import { testWarehouse } from "../../support/warehouse.ts";
import { buildLayer, withStatus } from "./dbt-command.ts";
import { makeProject, yamlOf } from "./own-project.ts";
import { loadStaging, moving, smallBusiness, tenant } from "./small-business.ts";

const TIMEOUT_MS = 240_000;
const { movings, tenants } = smallBusiness;

describe("data tests", () => {
  const warehouse = testWarehouse();
  afterAll(() => warehouse.dispose());

  it(
    "report defects of the source, errors separate from warnings",
    async () => {
      // the business date begins at 15:00 UTC of the day before: 72 hours earlier is the limit
      const stale = { updated_at: "2026-02-03 14:59:59" };
      const ageing = { updated_at: "2026-02-05 14:59:59" };
      await loadStaging(warehouse, {
        ...smallBusiness,
        apartments: [
          ...smallBusiness.apartments,
          { id: 3, apartment_name: null, room_count: 2, vacancy_room_count: 3 },
        ],
        tenants: tenants.map((row) => ({ ...row, ...ageing, last_name: null, status: 99 })),
        movings: movings.map((row) => ({ ...row, ...stale, is_moveout: 2 })),
      });

      const run = await buildLayer(warehouse.config, "silver");

      expect(run.exitCode).toBe(1);
      expect(withStatus(run, "fail")).toEqual(
        expect.arrayContaining([
          "movings_are_fresh",
          "source_accepted_values_staging_movings_is_moveout__False__0__1",
          "unmapped_codes_tenant_status",
        ]),
      );
      expect(withStatus(run, "warn")).toEqual(
        expect.arrayContaining([
          "tenants_are_fresh",
          "source_not_null_staging_tenants_last_name",
          "source_not_null_staging_apartments_apartment_name",
        ]),
      );
      // models that read a failed source or model are skipped, the others are built
      expect(withStatus(run, "skipped")).toEqual(expect.arrayContaining(["stg_movings", "int_contracts"]));
      expect(withStatus(run, "success")).toEqual(expect.arrayContaining(["stg_tenants", "stg_rooms"]));
    },
    TIMEOUT_MS,
  );

  it(
    "check models against the limits of their rules",
    async () => {
      await loadStaging(warehouse, {
        ...smallBusiness,
        apartments: smallBusiness.apartments.map((row) => ({ ...row, latitude: 1, vacancy_room_count: 99 })),
        tenants: [...tenants, tenant({ id: 5, nationality: "レソト", m_nationality_id: 200 })],
        movings: [
          ...movings,
          moving({ id: 4, tenant_id: 99, apartment_id: 1, room_id: 1 }),
          moving({ id: 5, tenant_id: 1, apartment_id: 2, room_id: 1, movein_date: "2026-01-02", moveout_date: "2026-01-01", is_moveout: 1, cancel_flag: 1 }), // prettier-ignore
        ],
      });

      const run = await buildLayer(warehouse.config, "silver");

      // one of five rows exceeds every percentage limit
      expect(withStatus(run, "fail")).toEqual(["int_contracts_drops_few_contracts"]);
      expect(withStatus(run, "warn")).toEqual(
        expect.arrayContaining([
          "vacancy_room_count_lies_between_0_and_room_count",
          "buildings_have_coordinates",
          "int_contracts_moveout_before_start",
          "int_contracts_room_is_in_the_building",
          "completed_moveout_of_a_cancelled_contract",
        ]),
      );
    },
    TIMEOUT_MS,
  );

  it(
    "find combinations of columns that another table lacks, and pass rows with NULL",
    async () => {
      const columns = { id: "int", order: "int", line: "int" };
      const combination = {
        arguments: { columns: ["`order`", "line"], to: "ref('parents')", to_columns: ["line", "`order`"] },
      };
      const model = (name: string, sql: string, data_tests: object[] = []): Record<string, string> => ({
        [`models/silver/${name}.sql`]: sql,
        [`models/silver/${name}.yml`]: yamlOf("models", name, columns, { data_tests }),
      });
      const project = makeProject({
        ...model("parents", "select 1 as id, 2 as `order`, 3 as line"),
        ...model("good", "select 1 as id, 3 as `order`, 2 as line union all select 2, null, 9", [
          { combination_exists: { name: "good_exists", ...combination } },
        ]),
        ...model("bad", "select 1 as id, 3 as `order`, 3 as line union all select 2, 3, 2", [
          { combination_exists: { name: "bad_exists", ...combination } },
        ]),
      });

      const run = await buildLayer(warehouse.config, "silver", { project });

      expect(withStatus(run, "pass")).toContain("good_exists");
      expect(run.results.find(({ name }) => name === "bad_exists")).toMatchObject({ status: "fail", failures: 1 });
      expect(withStatus(run, "error")).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "take a key with a zero date for complete, and one with NULL not",
    async () => {
      const staging = `${warehouse.prefix}staging`;
      const connection = await warehouse.pool.getConnection();
      await connection.query(`CREATE DATABASE IF NOT EXISTS ${staging}`);
      await connection.query("SET SESSION sql_mode = ''");
      for (const [table, type, second] of [
        ["zero_days", "date NOT NULL", "'0000-00-00'"],
        ["null_days", "date NULL", "NULL"],
      ]) {
        await connection.query(`CREATE TABLE ${staging}.${table} (day ${type}, n int NOT NULL)`);
        await connection.query(`INSERT INTO ${staging}.${table} VALUES ('2026-02-07', 1), (${second}, 1)`);
      }
      connection.destroy();
      const table = (name: string): object => ({
        ...{ name, columns: [{ name: "day" }, { name: "n" }] },
        data_tests: [{ unique_combination: { name: `${name}_key`, arguments: { columns: ["day", "n"] } } }],
      });
      const tables = [table("zero_days"), table("null_days")];
      const project = makeProject({
        "models/sources/staging.yml": JSON.stringify({
          version: 2,
          sources: [{ name: "staging", config: { tags: ["silver"] }, tables }],
        }),
      });

      const run = await buildLayer(warehouse.config, "silver", { project });

      expect(run.results.map(({ name, status }) => [name, status]).sort()).toEqual([
        ["null_days_key", "fail"],
        ["zero_days_key", "pass"],
      ]);
    },
    TIMEOUT_MS,
  );
});
