import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDatabase, type DatabaseServer } from "../../local/database-server.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { loadAndPublish } from "../../shared/loader/load-and-publish.ts";
import type { LoadReport } from "../../shared/loader/load-dump.ts";
import { testServices } from "../support/services.ts";

/** Settings that administrators of MySQL use, and that MariaDB does not have or that are fixed at initialization. */
const SETTINGS = {
  "sql-require-primary-key": "ON",
  "partial-revokes": "ON",
  "lower-case-table-names": "1",
  "log-bin": "binlog",
  "collation-server": "utf8mb4_0900_ai_ci",
};
const SCHEMAS = { live: "staging", next: "staging_next", backup: "staging_backup" };

describe("a MySQL server with strict settings", () => {
  let folder: string;
  let server: DatabaseServer;
  let config: WarehouseConfig;

  beforeAll(async () => {
    folder = await mkdtemp(join(testServices().folder, "settings-"));
    server = await startDatabase({
      folder: join(folder, "database"),
      engine: "mysql",
      settings: SETTINGS,
      parentPid: process.pid,
    });
    const { host, port, user, password } = server;
    config = { host, port, user, password, tls: "disabled", schemaPrefix: "" };
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const load = async (dump: string): Promise<LoadReport> => {
    const location = join(folder, "dump.sql");
    await writeFile(location, dump);
    return loadAndPublish({ location, warehouse: config, schemas: SCHEMAS, verify: "rows" });
  };

  it("names the setting and the table when it refuses a table without a primary key, not the dump", async () => {
    await expect(load("CREATE TABLE logs (a int);INSERT INTO logs VALUES (1);")).rejects.toMatchObject({
      code: "PRIMARY_KEY_REQUIRED",
      kind: "target",
      message: "table logs of the dump has no primary key, and the server's sql_require_primary_key is ON",
    });
  });
});
