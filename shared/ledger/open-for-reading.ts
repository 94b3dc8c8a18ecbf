import type { Connection } from "mysql2/promise";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { isMigrated } from "./schema/migrate.ts";
import { quoteName } from "../warehouse/tables/identifier.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { requireTarget, type ExpectedTarget } from "../warehouse/identity/judge-target.ts";

/**
 * Opens a read-only session with the ledger as default schema.
 *
 * @returns undefined when there is no ledger yet, or its version is older than this code
 * @throws PermanentError TARGET_* when this is another warehouse
 */
export async function openForReading(
  config: WarehouseConfig,
  expected: ExpectedTarget,
): Promise<Connection | undefined> {
  const connection = await connect(config);
  try {
    const schema = ledgerSchemaOf(config.schemaPrefix);
    requireTarget(await findTarget(connection, config), expected);
    if (!(await isMigrated(connection, schema))) {
      await connection.end();
      return undefined;
    }
    await connection.query(`USE ${quoteName(schema)}`);
    await connection.query("SET SESSION TRANSACTION READ ONLY");
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}
