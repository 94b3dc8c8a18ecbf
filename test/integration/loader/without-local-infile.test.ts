import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pool } from "mysql2/promise";
import { startDatabase, type DatabaseServer } from "../../../local/database-server.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { createPool } from "../../../shared/warehouse/connection/connect.ts";
import { loadAndPublish } from "../../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../../shared/loader/load-dump.ts";
import { characterSets } from "./corpus/character-sets.ts";
import { richSchema } from "./support/rich-schema.ts";
import { schemaState } from "./support/schema-state.ts";
import { dumpSchema } from "../../support/stock-client.ts";

describe("a server that forbids LOAD DATA LOCAL", () => {
  let folder: string;
  let server: DatabaseServer;
  let warehouse: WarehouseConfig;
  let pool: Pool;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "baton-no-local-"));
    server = await startDatabase({
      folder: join(folder, "database"),
      settings: { "local-infile": "0", "innodb-buffer-pool-size": "64M", "innodb-log-file-size": "32M" },
      parentPid: process.pid,
    });
    const { host, port, user, password } = server;
    warehouse = { host, port, user, password, tls: "disabled", schemaPrefix: "" };
    pool = createPool(warehouse);
    const connection = await pool.getConnection();
    await connection.query("CREATE DATABASE source DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    await connection.query("USE source");
    for (const statement of richSchema) await connection.query(statement);
    connection.destroy();
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const load = async (dump: Buffer | string, live: string): Promise<LoadReport> => {
    const path = join(folder, "dump.sql");
    await writeFile(path, dump);
    const schemas = { live, next: `${live}_next`, backup: `${live}_backup` };
    return loadAndPublish({ location: path, warehouse, schemas, preserveEmpty: ["*"] });
  };

  it.each([
    ["as it comes", "plain", []],
    ["--hex-blob --complete-insert", "hex", ["--hex-blob", "--complete-insert"]],
    ["one INSERT a row, compact", "rows", ["--skip-extended-insert", "--compact"]],
  ])("loads every table: %s", async (_, live, flags) => {
    await load(await dumpSchema(warehouse, [...flags, "source"]), live);

    expect(await schemaState(pool, live)).toEqual(await schemaState(pool, "source"));
  });

  it("converts the character sets of dumps", async () => {
    const dump = characterSets.find(({ name }) => name === "a definition in latin1")?.dump ?? "";

    await load(dump, "latin");

    const [rows] = await pool.query("SELECT * FROM latin.t");
    expect(rows).toEqual([{ prénom: "à" }]);
  });

  it("refuses rows that do not fit, and names their place", async () => {
    const dump = `CREATE TABLE t (a tinyint);\n${"INSERT INTO t VALUES (1),(2);\n".repeat(3)}INSERT INTO t VALUES (3),(300);\n`;

    await expect(load(dump, "wrong")).rejects.toMatchObject({
      code: "DUMP_DATA",
      message: expect.stringMatching(
        /line 2, table t: .* row 8 from there: Out of range value for column 'a'/,
      ) as string,
    });
  });
});
