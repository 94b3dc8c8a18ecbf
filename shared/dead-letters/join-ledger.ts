import type { Connection, RowDataPacket } from "mysql2/promise";
import { readLiveSetRows, supersedingRun, type SupersedableRun } from "../ledger/claims/supersede.ts";
import type { ReceivedMessage } from "./dlq-message.ts";
import type { LayerQueues } from "./dead-letter-queue.ts";

interface KnownRunRow extends RowDataPacket, SupersedableRun {
  caused_by: string;
}

interface FailureRow extends RowDataPacket {
  run_id: string;
  attempt: number;
  pattern: string;
  kind: string;
  code: string;
  message: string;
  advice: string | null;
  occurred_at: Date;
}

/** Longest error text, as in the message attributes that the runtime sets. */
const MAX_MESSAGE = 1_000;

/**
 * Adds data of the ledger to DLQ messages of a layer: run and failure of messages that SQS moved itself, pattern and
 * advice of all messages, and the newer run that supersedes a message's run.
 *
 * @param connection with the ledger as default schema; only read
 */
export async function joinLedger(
  connection: Connection,
  { layer }: LayerQueues,
  received: readonly ReceivedMessage[],
): Promise<void> {
  if (received.length === 0) return;
  const runs = await readRuns(connection, layer, received);
  for (const { dlqMessage, eventId } of received) {
    if (dlqMessage.runId === "unknown") dlqMessage.runId = runs.byCause.get(eventId ?? "") ?? "unknown";
  }
  const failures = await readFailures(connection, layer, [
    ...new Set(received.map(({ dlqMessage }) => dlqMessage.runId)),
  ]);
  const live = await readLiveSetRows(connection);
  for (const { dlqMessage, hasReason } of received) {
    const ofRun = failures.get(dlqMessage.runId) ?? [];
    const failure = hasReason ? ofRun.find(({ attempt }) => attempt === dlqMessage.attempt) : ofRun[0];
    if (failure !== undefined) {
      dlqMessage.pattern = failure.pattern;
      dlqMessage.advice = failure.advice ?? dlqMessage.advice;
      if (!hasReason) {
        dlqMessage.kind = failure.kind;
        dlqMessage.code = failure.code;
        dlqMessage.message = failure.message.slice(0, MAX_MESSAGE);
        dlqMessage.attempt = failure.attempt;
        dlqMessage.failedAt = failure.occurred_at.toISOString();
      }
    }
    const run = runs.byId.get(dlqMessage.runId);
    if (run !== undefined) dlqMessage.supersededBy = supersedingRun(run, live);
  }
}

async function readRuns(
  connection: Connection,
  layer: string,
  received: readonly ReceivedMessage[],
): Promise<{ byCause: Map<string, string>; byId: Map<string, KnownRunRow> }> {
  const runIds = [...new Set(received.map(({ dlqMessage }) => dlqMessage.runId))];
  const eventIds = received
    .filter(({ dlqMessage }) => dlqMessage.runId === "unknown")
    .map(({ eventId }) => eventId ?? "");
  const [rows] = await connection.query<KnownRunRow[]>(
    `SELECT run.run_id, run.seq, run.business_date, run.is_forced, COALESCE(layer_run.caused_by, '') AS caused_by
      FROM run LEFT JOIN layer_run ON layer_run.run_id = run.run_id AND layer_run.layer = ?
      WHERE run.run_id IN (?) OR layer_run.caused_by IN (?)`,
    [layer, runIds, eventIds.length === 0 ? [""] : eventIds],
  );
  return {
    byCause: new Map(rows.map(({ caused_by, run_id }) => [caused_by, run_id])),
    byId: new Map(rows.map((row) => [row.run_id, row])),
  };
}

/** The failures of a layer by run, newest first. */
async function readFailures(
  connection: Connection,
  layer: string,
  runIds: readonly string[],
): Promise<Map<string, FailureRow[]>> {
  const [rows] = await connection.query<FailureRow[]>(
    `SELECT run_id, attempt, pattern, kind, code, message, advice, occurred_at FROM failure
      WHERE layer = ? AND run_id IN (?) ORDER BY id DESC`,
    [layer, runIds],
  );
  return Map.groupBy(rows, ({ run_id }) => run_id);
}
