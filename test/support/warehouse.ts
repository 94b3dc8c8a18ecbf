import { randomBytes } from "node:crypto";
import type { Pool, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { connect, createPool } from "../../shared/warehouse/connection/connect.ts";
import { quoteName } from "../../shared/warehouse/tables/identifier.ts";
import type { DatabaseServer } from "../../local/database-server.ts";
import { testServices } from "./services.ts";

/** A separate warehouse for one test: schemas with a prefix on the shared server. */
export interface TestWarehouse extends AsyncDisposable {
  config: WarehouseConfig;
  prefix: string;
  pool: Pool;
  /** Drops every schema with the prefix. */
  dispose(): Promise<void>;
}

/** Creates a warehouse that no other test uses; dispose of it in `afterAll`. @param prefix of another one, to have the same schemas on two servers */
export function testWarehouse(
  { host, port, user, password }: Pick<DatabaseServer, "host" | "port" | "user" | "password"> = testServices().database,
  prefix = `t${randomBytes(5).toString("hex")}_`,
): TestWarehouse {
  const config: WarehouseConfig = { host, port, user, password, tls: "disabled", schemaPrefix: prefix };
  const pool = createPool(config);
  const dispose = async (): Promise<void> => {
    await pool.end();
    await dropSchemas(config, prefix);
  };
  return { config, prefix, pool, dispose, [Symbol.asyncDispose]: dispose };
}

async function dropSchemas(config: WarehouseConfig, prefix: string): Promise<void> {
  const connection = await connect(config);
  try {
    const [rows] = await connection.query<(RowDataPacket & { name: string })[]>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ?",
      [prefix.length, prefix],
    );
    // a foreign key from another schema refuses the drop of the schema that it refers to
    await connection.query("SET foreign_key_checks = 0");
    for (const { name } of rows) await connection.query(`DROP DATABASE ${quoteName(name)}`);
  } finally {
    await connection.end();
  }
}
