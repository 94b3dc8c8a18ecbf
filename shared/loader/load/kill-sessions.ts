import type { WarehouseConfig } from "../../config/warehouse-config.ts";
import { openConnection } from "../../warehouse/connection/connect.ts";
import { endConnection } from "../../warehouse/connection/end-connection.ts";

/** A server that does not answer in this time is unreachable: its sessions end with their connections. */
const CONNECT_MS = 5_000;

/**
 * Ends sessions and their statements on the server: an ALTER continues after its client disconnects. Never throws.
 */
export async function killSessions(
  warehouse: WarehouseConfig,
  sessions: readonly { threadId: number }[],
): Promise<void> {
  if (sessions.length === 0) return;
  try {
    const killer = await openConnection(warehouse, { connectTimeout: CONNECT_MS });
    for (const { threadId } of sessions) await killer.query(`KILL ${threadId}`).catch(() => undefined);
    await endConnection(killer);
  } catch {
    // nothing else can be done
  }
}
