import type { Pool } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import { connect, createPool } from "../db/connect.ts";
import { migrate } from "./migrate.ts";
import { readTarget, recordTarget, requireTarget, type TargetIdentity } from "./target.ts";

/** The ledger, open, on a warehouse that is the expected one. */
export interface OpenLedger {
  /** Its connections have the ledger as default schema. */
  pool: Pool;
  target: TargetIdentity;
}

/**
 * Opens the ledger: checks that the warehouse is the expected one, then brings the ledger's schema up to date.
 *
 * @param expected fingerprints that must agree, by where each comes from
 * @throws PermanentError TARGET_MISMATCH, TARGET_MOVED or TARGET_READ_ONLY; nothing is written then
 */
export async function openLedger(
  config: WarehouseConfig,
  expected: Readonly<Record<string, string | undefined>>,
): Promise<OpenLedger> {
  const connection = await connect(config);
  try {
    const schema = ledgerSchemaOf(config.schemaPrefix);
    const found = await readTarget(connection, schema);
    requireTarget(found, expected);
    await migrate(connection, config.schemaPrefix);
    const target = await recordTarget(connection, schema, found);
    return { pool: createPool(config, { schema }), target };
  } finally {
    await connection.end();
  }
}
