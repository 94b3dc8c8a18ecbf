import type { Connection, Pool } from "mysql2/promise";
import type { RecordedError } from "../../errors/errors.ts";

/** Consequence of a failure: another attempt, the DLQ, or the end of a run that has no message. */
export type FailureVerdict = "retry" | "dead-letter" | "ended";

/** One failed attempt, as recorded in the ledger. */
export interface Failure {
  /** Undefined when the message named no run. */
  runId: string | undefined;
  layer: string;
  /** 0 when the message could not be claimed. */
  attempt: number;
  messageId?: string | undefined;
  pattern: string;
  error: RecordedError;
  /** The models or tables that failed. */
  subjects: readonly string[];
  /** Number of the server's error. */
  databaseError: number | undefined;
  verdict: FailureVerdict;
}

/** Longest recorded text, characters; the log has the whole text. */
const MAX_TEXT = 8_000;
const MAX_SUBJECT = 255;

/** Records a failed attempt; in the same transaction as its consequence, if that has one. */
export async function recordFailure(connection: Connection | Pool, failure: Failure): Promise<void> {
  const { error, subjects } = failure;
  await connection.query(
    `INSERT INTO failure (run_id, layer, attempt, message_id, pattern, kind, code, subject, database_error, message,
        advice, is_retriable, verdict, occurred_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))`,
    [
      failure.runId ?? null,
      failure.layer,
      failure.attempt,
      failure.messageId ?? null,
      failure.pattern.slice(0, 64),
      error.kind.slice(0, 16),
      error.code.slice(0, 64),
      joinSubjects(subjects),
      failure.databaseError ?? null,
      error.message.slice(0, MAX_TEXT),
      error.advice?.slice(0, MAX_TEXT) ?? null,
      error.retriable,
      failure.verdict,
    ],
  );
}

/** Whole names only: a truncated one could be the name of another table. */
function joinSubjects(subjects: readonly string[]): string | null {
  let text = "";
  for (const name of [...new Set(subjects)].sort()) {
    const longer = text === "" ? name : `${text}, ${name}`;
    if (longer.length > MAX_SUBJECT) break;
    text = longer;
  }
  return text === "" ? null : text;
}
