import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { FailureVerdict } from "../claims/record-failure.ts";

/** A recorded failure of an attempt. */
export interface RecordedFailure {
  /** Null when the message named no run. */
  runId: string | null;
  layer: string;
  /** 0 when the message could not be claimed. */
  attempt: number;
  messageId: string | null;
  pattern: string;
  kind: string;
  code: string;
  /** The models or tables that failed, in order of name. */
  subjects: string[];
  databaseError: number | null;
  message: string;
  advice: string | null;
  isRetriable: boolean;
  verdict: FailureVerdict;
  occurredAt: Date;
}

interface FailureRow extends RowDataPacket {
  run_id: string | null;
  layer: string;
  attempt: number;
  message_id: string | null;
  pattern: string;
  kind: string;
  code: string;
  subject: string | null;
  database_error: number | null;
  message: string;
  advice: string | null;
  is_retriable: number;
  verdict: FailureVerdict;
  occurred_at: Date;
}

function failureOf(row: FailureRow): RecordedFailure {
  return {
    runId: row.run_id,
    layer: row.layer,
    attempt: row.attempt,
    messageId: row.message_id,
    pattern: row.pattern,
    kind: row.kind,
    code: row.code,
    subjects: row.subject?.split(", ") ?? [],
    databaseError: row.database_error,
    message: row.message,
    advice: row.advice,
    isRetriable: row.is_retriable === 1,
    verdict: row.verdict,
    occurredAt: row.occurred_at,
  };
}

/** The failures of a run, in the order in which they occurred. */
export async function failuresOfRun(pool: Pool | Connection, runId: string): Promise<RecordedFailure[]> {
  const [rows] = await pool.query<FailureRow[]>("SELECT * FROM failure WHERE run_id = ? ORDER BY id", [runId]);
  return rows.map(failureOf);
}

/** The newest failures of all runs, newest first. */
export async function newestFailures(pool: Pool | Connection, limit: number): Promise<RecordedFailure[]> {
  const [rows] = await pool.query<FailureRow[]>("SELECT * FROM failure ORDER BY id DESC LIMIT ?", [limit]);
  return rows.map(failureOf);
}

/** How often a pattern occurred on a day. */
export interface PatternCount {
  /** UTC day, `YYYY-MM-DD`. */
  day: string;
  layer: string;
  pattern: string;
  kind: string;
  failures: number;
  /** Number of runs in which they occurred. */
  runs: number;
  /** Of these failures, how many went to the DLQ. */
  dlqMessages: number;
  lastAt: Date;
}

interface CountRow extends RowDataPacket {
  day: string;
  layer: string;
  pattern: string;
  kind: string;
  failures: number;
  runs: number;
  dlq_messages: number | string;
  last_at: Date;
}

/**
 * Counts the failures of the last days by day, layer and pattern, newest day first.
 *
 * @param days how far to look back, by the database's clock
 */
export async function failuresByPattern(pool: Pool | Connection, days: number): Promise<PatternCount[]> {
  const [rows] = await pool.query<CountRow[]>(
    `SELECT DATE(occurred_at) AS day, layer, pattern, MAX(kind) AS kind, COUNT(*) AS failures,
        COUNT(DISTINCT run_id) AS runs, SUM(verdict = 'dead-letter') AS dlq_messages, MAX(occurred_at) AS last_at
      FROM failure WHERE occurred_at >= UTC_TIMESTAMP(6) - INTERVAL ? DAY
      GROUP BY DATE(occurred_at), layer, pattern ORDER BY day DESC, failures DESC, layer, pattern`,
    [days],
  );
  return rows.map((row) => ({
    day: row.day,
    layer: row.layer,
    pattern: row.pattern,
    kind: row.kind,
    failures: row.failures,
    runs: row.runs,
    dlqMessages: Number(row.dlq_messages),
    lastAt: row.last_at,
  }));
}
