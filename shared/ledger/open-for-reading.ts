import type { Connection, RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { quoteName } from "../warehouse/tables/identifier.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { requireTarget, type ExpectedTarget } from "../warehouse/identity/judge-target.ts";

/**
 * Opens the ledger for reading alone: a session that can write nothing, with the ledger as default schema.
 *
 * @returns undefined where there is no ledger yet, or one that is older than this code
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
    const [tables] = await connection.query<RowDataPacket[]>(
      "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'failure'",
      [schema],
    );
    if (tables.length === 0) {
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
