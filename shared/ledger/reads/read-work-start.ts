import type { Pool, RowDataPacket } from "mysql2/promise";

/**
 * When the work on a layer of a run began: its duration includes retries and planned stops, but not the time before a
 * replay, in which the layer was failed.
 */
export async function readWorkStart(
  pool: Pool,
  { runId, layer }: { runId: string; layer: string },
): Promise<Date | undefined> {
  const [[row]] = await pool.query<(RowDataPacket & { started_at: Date | null })[]>(
    `SELECT MIN(started_at) AS started_at FROM attempt
      WHERE run_id = ? AND layer = ? AND attempt > COALESCE(
        (SELECT MAX(attempt) FROM attempt WHERE run_id = ? AND layer = ? AND state = 'failed'
          AND attempt < (SELECT MAX(attempt) FROM attempt WHERE run_id = ? AND layer = ?)), 0)`,
    [runId, layer, runId, layer, runId, layer],
  );
  return row?.started_at ?? undefined;
}
