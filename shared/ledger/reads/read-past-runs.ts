import type { Pool, RowDataPacket } from "mysql2/promise";
import type { PastRun } from "../../errors/history.ts";
import type { AttemptKey } from "../claims/settle.ts";

interface PastRow extends RowDataPacket {
  run_id: string;
  state: string;
  pattern: string | null;
  database_error: number | null;
  code: string | null;
  subject: string | null;
}

/** Reads the earlier runs that attempted this layer, newest first, with the failures of their attempts. */
export async function readPastRuns(pool: Pool, { runId, layer }: AttemptKey, limit: number): Promise<PastRun[]> {
  const [rows] = await pool.query<PastRow[]>(
    `SELECT past.run_id, past.state, failure.pattern, failure.database_error, failure.code, failure.subject
      FROM (
        SELECT layer_run.run_id, layer_run.state, run.seq FROM layer_run JOIN run USING (run_id)
          WHERE layer = ? AND attempt > 0 AND seq < (SELECT seq FROM run WHERE run_id = ?)
          ORDER BY seq DESC LIMIT ?
      ) AS past LEFT JOIN failure ON failure.run_id = past.run_id AND failure.layer = ?
      ORDER BY past.seq DESC, failure.id`,
    [layer, runId, limit, layer],
  );
  const runs = Map.groupBy(rows, ({ run_id }) => run_id);
  return [...runs].map(([id, ofRun]) => ({
    runId: id,
    isCompleted: ofRun[0]?.state === "completed",
    failures: ofRun.flatMap(({ pattern, code, database_error, subject }) =>
      pattern === null || code === null
        ? []
        : [{ pattern, code, databaseError: database_error, subjects: subject?.split(", ") ?? [] }],
    ),
  }));
}
