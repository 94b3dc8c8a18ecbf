import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { FailureVerdict } from "../../../shared/ledger/claims/record-failure.ts";

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
