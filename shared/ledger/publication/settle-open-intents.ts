import type { Pool, RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { takeLayerLock } from "../claims/layer-lock.ts";
import { settleIntents } from "./publication.ts";

/** The connection that holds the lock is idle between two of its statements. */
const LOCK_IDLE_SECONDS = 60;

/**
 * Settles publications whose attempt died between intent and record. A running layer settles its own; those of layers
 * whose lock is free are settled here.
 *
 * @param olderThanSeconds younger intents are left to the attempt that wrote them
 * @returns how many were settled
 */
export async function settleOpenIntents(
  { pool, warehouse }: { pool: Pool; warehouse: WarehouseConfig },
  olderThanSeconds: number,
): Promise<number> {
  const [layers] = await pool.query<(RowDataPacket & { layer: string })[]>(
    `SELECT DISTINCT layer FROM publication
      WHERE state = 'intended' AND intended_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND`,
    [olderThanSeconds],
  );
  let settled = 0;
  for (const { layer } of layers) {
    const lock = await takeLayerLock(warehouse, layer, LOCK_IDLE_SECONDS);
    if (lock === undefined) continue;
    try {
      const count = await lock.use((connection) => settleIntents(connection, layer));
      settled += count;
    } finally {
      await lock.release();
    }
  }
  return settled;
}
