import type { Pool } from "mysql2/promise";
import { inTransaction } from "../../warehouse/connection/transaction.ts";
import type { RunRow } from "../schema/rows.ts";
import { LAST_ACTIVITY } from "./last-activity.ts";
import { lockTurn, sendStartingEvent } from "./turn.ts";

/** An active run without activity: its message is lost. */
export interface QuietRun {
  runId: string;
  businessDate: string;
  /** The event that was written to the outbox again; undefined for a run that an older version of Baton started. */
  wokenBy: string | undefined;
}

/**
 * Finds active runs whose message was lost (a purged queue, an expired message) and publishes the event again with which
 * they continue. Where the message exists after all, the duplicate is harmless. Each run is woken at most once in the same
 * time span.
 *
 * @param quietSeconds without heartbeat, planned retry or event for so long
 */
export async function wakeQuietRuns(pool: Pool, quietSeconds: number): Promise<QuietRun[]> {
  return inTransaction(pool, async (connection) => {
    await lockTurn(connection);
    const [rows] = await connection.query<RunRow[]>(
      `SELECT run.* FROM run
        WHERE run.state = 'running'
          AND ${LAST_ACTIVITY} <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND
          AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run_id = run.run_id
            AND (published_at IS NULL OR published_at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND))`,
      [quietSeconds, quietSeconds],
    );
    const woken = [];
    for (const run of rows) {
      const wokenBy = await sendStartingEvent(connection, run);
      woken.push({ runId: run.run_id, businessDate: run.business_date, wokenBy });
    }
    return woken;
  });
}
