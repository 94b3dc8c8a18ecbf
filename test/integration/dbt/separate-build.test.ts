import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowDataPacket } from "mysql2/promise";
import { batonHome } from "../../../shared/config/checkout.ts";
import { dropSchemas, listSeparateSchemas } from "../../../shared/dbt/separate-build.ts";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { testWarehouse } from "../../support/warehouse.ts";
import { dbt, dbtFolder, withStatus, type DbtOptions, type DbtRun } from "./dbt-command.ts";
import { makeProject, yamlOf } from "./own-project.ts";

const TIMEOUT_MS = 120_000;
const COLUMNS = { id: "int", origin: "varchar(20)", business_date: "date" };
const DATED = "cast('{{ var(\"business_date\") }}' as date) as business_date";

/** Models in three steps: `first` of silver, `second` of gold, and `third`, which reads both. */
const project = {
  "models/silver/first.sql": `select id, 'built' as origin, ${DATED} from {{ source('staging', 'things') }}`,
  "models/silver/first.yml": yamlOf("models", "first", COLUMNS),
  "models/gold/second.sql": `select id, origin, ${DATED} from {{ ref('first') }}`,
  "models/gold/second.yml": yamlOf("models", "second", COLUMNS),
  "models/gold/third.sql": `select second.id, second.origin, ${DATED} from {{ ref('second') }} as second
    inner join {{ ref('first') }} as first on second.id = first.id`,
  "models/gold/third.yml": yamlOf("models", "third", COLUMNS),
  "models/gold/log.sql": `{{ config(materialized='incremental') }}
    select id, 'built' as origin, ${DATED} from {{ ref('first') }} where id > 1`,
  "models/gold/log.yml": yamlOf("models", "log", COLUMNS),
  "tests/third_is_built.sql": "select * from {{ ref('third') }} where origin <> 'built'",
  "models/sources.yml": JSON.stringify({ version: 2, sources: [{ name: "staging", tables: [{ name: "things" }] }] }),
};

describe("a build in separate schemas", () => {
  const warehouse = testWarehouse();
  const { prefix, pool } = warehouse;
  const folder = makeProject(project);
  const liveSets = {
    staging: { businessDate: "2026-02-08", runId: "run-8" },
    silver: { businessDate: "2026-02-07", runId: "run-7" },
    gold: { businessDate: "2026-02-07", runId: "run-7" },
  };

  const settingsOf = (developer: string): DbtOptions => ({
    project: folder,
    vars: { business_date: undefined, run_id: undefined, schema_prefix: undefined },
    env: {
      BATON_SCHEMA_PREFIX: prefix,
      BATON_SEPARATE_BUILD: JSON.stringify({ prefix: `dev_${developer}_`, liveSets }),
    },
  });
  const develop = (developer: string, ...args: string[]): Promise<DbtRun> =>
    dbt(warehouse.config, args, settingsOf(developer));
  async function rowsOf(table: string): Promise<unknown[]> {
    const [rows] = await pool.query<RowDataPacket[]>(
      `SELECT id, origin, business_date FROM ${prefix}${table} ORDER BY id`,
    );
    return rows.map((row) => Object.values(row).join(" "));
  }
  async function schemas(): Promise<string[]> {
    const [rows] = await pool.query<(RowDataPacket & { name: string })[]>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ? ORDER BY 1",
      [prefix.length, prefix],
    );
    return rows.map(({ name }) => name.slice(prefix.length));
  }

  beforeAll(async () => {
    for (const schema of ["staging", "silver", "gold"]) await pool.query(`CREATE DATABASE ${prefix}${schema}`);
    await pool.query(`CREATE TABLE ${prefix}staging.things (id int PRIMARY KEY)`);
    await pool.query(`INSERT INTO ${prefix}staging.things VALUES (1), (2)`);
    for (const table of ["silver.first", "gold.second", "gold.third", "gold.log"]) {
      await pool.query(`CREATE TABLE ${prefix}${table} (id int PRIMARY KEY, origin varchar(20), business_date date)`);
      await pool.query(`INSERT INTO ${prefix}${table} VALUES (1, 'live', '2026-02-07'), (2, 'live', '2026-02-07')`);
    }
  });
  afterAll(() => warehouse.dispose());

  it(
    "reads what is not selected from the live tables, at their date, and leaves live and other schemas alone, also during a run",
    async () => {
      const [third, first, layer] = await Promise.all([
        develop("anna", "build", "-s", "third log"),
        develop("ben", "build", "-s", "first"),
        dbt(warehouse.config, ["build", "-s", "path:models/silver"], {
          project: folder,
          vars: { business_date: "2026-02-09", build_layer: "silver" },
        }),
      ]);

      expect(withStatus(layer, "success")).toEqual(["first"]);
      expect(await rowsOf("silver_next.first")).toEqual(["1 built 2026-02-09", "2 built 2026-02-09"]);

      expect(withStatus(third, "success", "fail").sort()).toEqual(["log", "third", "third_is_built"]);
      expect(await rowsOf("dev_anna_gold.third")).toEqual(["1 live 2026-02-07", "2 live 2026-02-07"]);
      // an incremental model continues with the rows of its live table
      expect(await rowsOf("dev_anna_gold.log")).toEqual(["1 live 2026-02-07", "2 built 2026-02-07"]);
      expect(withStatus(first, "success")).toEqual(["first"]);
      expect(await rowsOf("dev_ben_silver.first")).toEqual(["1 built 2026-02-08", "2 built 2026-02-08"]);
      expect(await rowsOf("gold.third")).toEqual(await rowsOf("gold.second"));
      expect(await rowsOf("gold.log")).toEqual(await rowsOf("gold.second"));
      expect(await schemas()).toEqual(["dev_anna_gold", "dev_ben_silver", "gold", "silver", "silver_next", "staging"]);
    },
    TIMEOUT_MS,
  );

  it(
    "reads selected tables in these schemas, also for a test alone and an inline query",
    async () => {
      await develop("anna", "run", "-s", "+third");

      const test = await develop("anna", "test", "-s", "third_is_built");
      const shown = await develop("anna", "show", "--inline", "select max(origin) as found from {{ ref('third') }}");
      const compiled = await develop("ben", "compile", "-s", "third");

      expect(await rowsOf("dev_anna_gold.third")).toEqual(["1 built 2026-02-08", "2 built 2026-02-08"]);
      expect(withStatus(test, "pass")).toEqual(["third_is_built"]);
      expect(shown.output).toContain("built");
      // nothing that ben has not selected is read in his schemas
      expect(compiled.output).toContain(`\`${prefix}gold\`.\`second\``);
      expect(compiled.output).toContain(`\`${prefix}silver\`.\`first\``);
    },
    TIMEOUT_MS,
  );

  it("can retry the last build after tables were shown", async () => {
    const built = await develop("ben", "build", "-s", "first");
    const options = { ...settingsOf("ben"), folder: built.folder };
    const shown = await dbt(warehouse.config, ["show", "-s", "second"], options);

    const repeated = await dbt(warehouse.config, ["retry"], options);

    expect([built.exitCode, shown.exitCode, repeated.exitCode]).toEqual([0, 0, 0]);
  }, 60_000);

  it("is what dbt without the launcher refers to, in one line", () => {
    const args = ["build", "--log-path", mkdtempSync(join(tmpdir(), "baton-dbt-logs-"))];

    const { stdout, status } = spawnSync(join(batonHome, "venv/bin/dbt"), args, { cwd: dbtFolder, encoding: "utf8" });

    expect({ status, line: stdout.trim().split("\n").at(-1) }).toEqual({
      status: 2,
      line: "  Could not find profile named 'baton: use ./baton dbt instead of dbt'",
    });
  });

  it("lists and drops the schemas of one developer only", async () => {
    await pool.query(`CREATE DATABASE ${prefix}dev_staging_next`);
    await pool.query(`CREATE DATABASE ${prefix}dev_x_gold`);
    await pool.query(`CREATE DATABASE ${prefix}dev_x_pipeline`);
    const connection = await connect(warehouse.config);

    const found = await listSeparateSchemas(connection, prefix, "dev");
    await dropSchemas(connection, found.find(({ owner }) => owner === "anna")?.schemas ?? []);
    await connection.end();

    // the other schemas belong to environments with the prefixes dev_ and dev_x_
    expect(found).toMatchObject([
      { owner: "anna", schemas: [`${prefix}dev_anna_gold`, `${prefix}dev_anna_silver`], inUse: false },
      { owner: "ben", schemas: [`${prefix}dev_ben_silver`], builtAt: expect.any(Date) as Date },
    ]);
    expect((await schemas()).filter((name) => name.startsWith("dev_"))).toEqual(
      ["dev_ben_silver", "dev_staging_next", "dev_x_gold", "dev_x_pipeline"], // prettier-ignore
    );
  });
});
