import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { LoadSession } from "./load-session.ts";

/**
 * Ends sessions on the server, with what they are running: a client that is gone does not stop an ALTER. Never throws:
 * when the server is out of reach, its sessions end with their connections.
 */
export async function killSessions(warehouse: WarehouseConfig, sessions: readonly LoadSession[]): Promise<void> {
  if (sessions.length === 0) return;
  try {
    const killer = await LoadSession.open(warehouse);
    for (const session of sessions) await killer.run(`KILL ${session.threadId}`).catch(() => undefined);
    await killer.end();
  } catch {
    // nothing else to be done
  }
}
