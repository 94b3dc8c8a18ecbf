import type { Pool, ResultSetHeader, RowDataPacket } from "mysql2/promise";

/** A run that stands as unfinished though nothing has worked on it for long: its message is gone. */
export interface QuietRun {
  runId: string;
  businessDate: string;
  /** The event that was armed again to take it up; undefined when it never had one: its first layer did not end. */
  wokenBy: string | undefined;
}

interface QuietRow extends RowDataPacket {
  run_id: string;
  business_date: string;
  event_id: string | null;
}

/**
 * Finds runs whose message got lost (a purged queue, an expired message) and arms the last event that a layer of theirs
 * has completed with, so that its listener is asked again. Where the message does exist after all, the double is
 * harmless. A run is asked again at most once in the same span.
 *
 * @param quietSeconds without heartbeat, planned retry or event for so long
 */
export async function wakeQuietRuns(pool: Pool, quietSeconds: number): Promise<QuietRun[]> {
  const [rows] = await pool.query<QuietRow[]>(
    `SELECT run.run_id, run.business_date,
        (SELECT event_id FROM outbox WHERE outbox.run_id = run.run_id AND detail_type = 'LayerCompleted'
          ORDER BY seq DESC LIMIT 1) AS event_id
      FROM run
      WHERE run.state = 'running' AND run.started_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND
        AND NOT EXISTS (SELECT 1 FROM layer_run WHERE layer_run.run_id = run.run_id
          AND GREATEST(heartbeat_at, COALESCE(next_attempt_at, heartbeat_at), COALESCE(finished_at, heartbeat_at))
            > UTC_TIMESTAMP(6) - INTERVAL ? SECOND)
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run_id = run.run_id
          AND (published_at IS NULL OR published_at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND))`,
    [quietSeconds, quietSeconds, quietSeconds],
  );
  for (const { event_id } of rows) {
    if (event_id === null) continue;
    await pool.query<ResultSetHeader>("UPDATE outbox SET published_at = NULL WHERE event_id = ?", [event_id]);
  }
  return rows.map((row) => ({
    runId: row.run_id,
    businessDate: row.business_date,
    wokenBy: row.event_id ?? undefined,
  }));
}
