import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../../shared/warehouse/connection/connect.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../../shared/loader/load-dump.ts";
import { fuzzDump } from "../../fuzz/fuzz-dump.ts";
import { testWarehouse, type TestWarehouse } from "../../support/warehouse.ts";
import { richSchema } from "./support/rich-schema.ts";
import { schemaState } from "./support/schema-state.ts";
import { dumpSchema, inSession, loadWithClient } from "../../support/stock-client.ts";

/** Flags of mysqldump and mariadb-dump that change what a dump looks like. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  "as it comes": [],
  "with everything": ["--routines", "--events", "--triggers"],
  "--compact": ["--compact"],
  "--skip-opt": ["--skip-opt"],
  "one INSERT a row": ["--skip-extended-insert"],
  "--complete-insert": ["--complete-insert"],
  "--hex-blob": ["--hex-blob"],
  "--insert-ignore": ["--insert-ignore"],
  "--replace": ["--replace"],
  "--no-autocommit": ["--no-autocommit"],
  "--add-drop-database": ["--add-drop-database", "--databases"],
  "--skip-tz-utc": ["--skip-tz-utc"],
  "--order-by-primary": ["--order-by-primary", "--skip-comments"],
  "small packets": ["--net-buffer-length=4096"],
  "the source's own flags": [
    ..."--single-transaction --quick --lock-tables=false --triggers --routines --events --extended-insert --compact".split(
      " ",
    ),
  ],
};

describe("dumps of the dump program of the engine", () => {
  let warehouse: TestWarehouse;
  let folder: string;
  let source: string;

  beforeAll(async () => {
    warehouse = testWarehouse();
    folder = await mkdtemp(join(tmpdir(), "baton-dump-"));
    source = `${warehouse.prefix}source`;
    const connection = await connect(warehouse.config);
    await connection.query(`CREATE DATABASE ${source} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    await connection.query(`USE ${source}`);
    for (const statement of richSchema) await connection.query(statement);
    await connection.end();
  });
  afterAll(async () => {
    await warehouse.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const load = async (dump: Buffer, name: string): Promise<LoadReport> => {
    const path = join(folder, "dump.sql");
    await writeFile(path, dump);
    const live = `${warehouse.prefix}${name}`;
    return loadAndPublish({
      location: path,
      warehouse: warehouse.config,
      schemas: { live, next: `${live}_next`, backup: `${live}_backup` },
      preserveEmpty: ["*"],
      verify: "rows",
    });
  };

  it.each(Object.entries(VARIANTS))("load like with the stock client: %s", async (name, flags) => {
    const number = Object.keys(VARIANTS).indexOf(name);
    const stock = `${warehouse.prefix}stock${number}`;
    const dump = await dumpSchema(warehouse.config, [...flags, source]);
    await warehouse.pool.query(`CREATE DATABASE ${stock} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    const isNamed = flags.includes("--databases");
    const named = isNamed ? Buffer.from(dump.toString("latin1").replaceAll(source, stock), "latin1") : dump;
    const client = await loadWithClient(
      warehouse.config,
      [stock],
      flags.includes("--compact") ? inSession(named) : named,
    );

    const report = await load(dump, `mine${number}`);

    expect(client.stderr).toBe("");
    const expected = await schemaState(warehouse.pool, stock);
    expect(Object.keys(expected)).toHaveLength(richSchema.filter((sql) => sql.startsWith("CREATE TABLE")).length);
    expect(await schemaState(warehouse.pool, `${warehouse.prefix}mine${number}`)).toEqual(expected);
    expect(report.tables.every(({ state }) => state === "loaded" || state === "empty-preserved")).toBe(true);
  });

  it.each([1, 2, 3])("load like with the stock client: random tables and options of seed %i", async (seed) => {
    const prefix = `${warehouse.prefix}fuzz`;

    await expect(fuzzDump(warehouse, { seed, prefix, folder })).resolves.toMatchObject({ is: "equal" });
  });
});
