import type { Connection, RowDataPacket } from "mysql2/promise";
import { connect } from "../db/connect.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";

/** Exclusive right to work on one layer: a named lock of the server, lost when its connection is. */
export interface LayerLock {
  /** The connection that holds the lock; publications run on it, so that who lost the lock cannot publish. */
  connection: Connection;
  connectionId: number;
  release(): Promise<void>;
}

/** MySQL's limit for lock names. @see MySQL Reference Manual, "Locking Functions" */
const MAX_LOCK_NAME = 64;

function lockName(config: WarehouseConfig, layer: string): string {
  return `baton:${config.schemaPrefix}${layer}`.slice(0, MAX_LOCK_NAME);
}

/**
 * Takes the lock of a layer, or gives undefined when another session holds it.
 *
 * @param idleSeconds the server drops the connection, and so the lock, when it hears nothing for this long
 */
export async function takeLayerLock(
  config: WarehouseConfig,
  layer: string,
  idleSeconds: number,
): Promise<LayerLock | undefined> {
  const connection = await connect(config);
  try {
    await connection.query("SET wait_timeout = ?", [Math.max(5, Math.ceil(idleSeconds))]);
    const [[row]] = await connection.query<(RowDataPacket & { locked: number | null; id: number })[]>(
      "SELECT GET_LOCK(?, 0) AS locked, CONNECTION_ID() AS id",
      [lockName(config, layer)],
    );
    if (row?.locked !== 1) {
      await connection.end();
      return undefined;
    }
    return { connection, connectionId: row.id, release: () => connection.end() };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** True where the session that this connection belongs to still holds the layer's lock. */
export async function stillHolds(lock: LayerLock, config: WarehouseConfig, layer: string): Promise<boolean> {
  const [[row]] = await lock.connection.query<(RowDataPacket & { holder: number | null })[]>(
    "SELECT IS_USED_LOCK(?) AS holder",
    [lockName(config, layer)],
  );
  return row?.holder === lock.connectionId;
}
