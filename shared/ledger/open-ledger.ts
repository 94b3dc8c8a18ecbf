import type { Connection, Pool } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import { connect, createPool } from "../warehouse/connection/connect.ts";
import { findTarget } from "../warehouse/identity/find-target.ts";
import { requireTarget, type ExpectedTarget } from "../warehouse/identity/judge-target.ts";
import { settleTarget } from "../warehouse/identity/settle-target.ts";
import { fingerprintOf, type TargetIdentity } from "../warehouse/identity/target.ts";
import { migrate } from "./schema/migrate.ts";

/** The open ledger of the expected warehouse. */
export interface OpenLedger {
  /** Its connections have the ledger as default schema. */
  pool: Pool;
  target: TargetIdentity;
}

/**
 * Opens the ledger: checks that the warehouse is the expected one, then brings the ledger's schema up to date.
 *
 * @throws BatonError TARGET_READER_ENDPOINT, TARGET_READ_ONLY, TARGET_MOVED, TARGET_MISMATCH or TARGET_TAKEN; nothing is
 *   written then
 */
export async function openLedger(config: WarehouseConfig, expected: ExpectedTarget): Promise<OpenLedger> {
  const connection = await connect(config);
  try {
    const found = await findTarget(connection, config);
    requireTarget(found, expected);
    await migrate(connection, config.schemaPrefix);
    await settleTarget(connection, found, expected.deployment);
    const target = await confirmTarget(connection, config, expected);
    return { pool: createPool(config, { schema: ledgerSchemaOf(config.schemaPrefix) }), target };
  } finally {
    await connection.end();
  }
}

/**
 * Checks the warehouse of a connection again: when two deployments open a new warehouse at the same time, one of them is
 * refused here; and an endpoint can change while a layer works.
 *
 * @throws PermanentError as `openLedger`
 */
export async function confirmTarget(
  connection: Connection,
  config: WarehouseConfig,
  expected: ExpectedTarget,
): Promise<TargetIdentity> {
  const found = await findTarget(connection, config);
  requireTarget(found, expected);
  if (found.row === undefined) throw new TypeError(`${found.schema}.target has no row`);
  const { identity, serverIdentity, deployment } = found.row;
  return { fingerprint: fingerprintOf(found.row), identity, serverIdentity, deployment };
}
