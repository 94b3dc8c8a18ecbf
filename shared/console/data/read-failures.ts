import type { Connection, RowDataPacket } from "mysql2/promise";
import type { RecordedError } from "../../errors/errors.ts";
import { readLiveSetRows, supersedingRun, type SupersedableRun } from "../../ledger/claims/supersede.ts";
import { reportedError, shortMessage } from "./read-run.ts";
import type { FailurePattern, GivenUp } from "./report.ts";

/** Days over which failures are counted. */
export const FAILURE_DAYS = 90;

/** Days for which the dead-letter queues keep a message. */
const DLQ_DAYS = 14;

interface FailureRow extends RowDataPacket {
  layer: string;
  pattern: string;
  code: string;
  attempts: number;
  runs: number;
  gave_up: number | string;
  last_id: number;
}

interface LastRow extends RowDataPacket {
  id: number;
  run_id: string | null;
  message: string;
  occurred_at: Date;
}

interface GivenUpRow extends RowDataPacket, SupersedableRun {
  layer: string;
  attempt: number;
  error: RecordedError | string | null;
  since: Date;
}

/** Counts failed attempts by pattern, error code and layer over the last days, most frequent first. */
export async function readFailures(connection: Connection, now: Date): Promise<FailurePattern[]> {
  const [kinds] = await connection.query<FailureRow[]>(
    `SELECT layer, pattern, code, COUNT(*) AS attempts, COUNT(DISTINCT run_id) AS runs,
        SUM(verdict = 'dead-letter') AS gave_up, MAX(id) AS last_id
      FROM failure WHERE occurred_at > ? GROUP BY layer, pattern, code
      ORDER BY attempts DESC, last_id DESC`,
    [new Date(now.getTime() - FAILURE_DAYS * 86_400_000)],
  );
  if (kinds.length === 0) return [];
  const [last] = await connection.query<LastRow[]>(
    "SELECT id, run_id, message, occurred_at FROM failure WHERE id IN (?)",
    [kinds.map(({ last_id }) => last_id)],
  );
  const byId = new Map(last.map((row) => [row.id, row]));
  return kinds.map((kind) => {
    const newest = byId.get(kind.last_id);
    return {
      pattern: kind.pattern,
      code: kind.code,
      layer: kind.layer,
      attempts: kind.attempts,
      runs: kind.runs,
      gaveUp: Number(kind.gave_up),
      lastAt: newest?.occurred_at.toISOString() ?? "",
      lastRunId: newest?.run_id ?? null,
      lastMessage: shortMessage(newest?.message ?? ""),
    };
  });
}

/**
 * Reads the layers that gave up and were neither replayed nor purged, newest first, within the retention period of the
 * queues.
 */
export async function readGivenUp(connection: Connection, now: Date): Promise<GivenUp[]> {
  const [rows] = await connection.query<GivenUpRow[]>(
    `SELECT run_id, seq, business_date, is_forced, layer, attempt, error,
        COALESCE(layer_run.finished_at, claimed_at) AS since
      FROM layer_run JOIN run USING (run_id)
      WHERE layer_run.state = 'failed' AND purged_at IS NULL AND COALESCE(layer_run.finished_at, claimed_at) > ? ORDER BY since DESC`,
    [new Date(now.getTime() - DLQ_DAYS * 86_400_000)],
  );
  if (rows.length === 0) return [];
  const live = await readLiveSetRows(connection);
  return rows.map((row) => ({
    layer: row.layer,
    runId: row.run_id,
    code: reportedError(row.error)?.code ?? "UNKNOWN",
    since: row.since.toISOString(),
    attempts: row.attempt,
    supersededBy: supersedingRun(row, live) ?? null,
  }));
}
