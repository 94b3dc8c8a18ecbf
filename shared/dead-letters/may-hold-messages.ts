import type { Connection, RowDataPacket } from "mysql2/promise";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

/** SQS's counts are right a minute after the last message at the latest; a killed attempt's message comes later. */
const COUNTS_LAG_MINUTES = 10;

/**
 * True when a DLQ may hold messages; reading it takes seconds. SQS's counts lag behind, so a queue with a count of zero
 * is skipped only when the ledger has no recent attempt of the layer that did not complete.
 *
 * @see SQS API Reference, GetQueueAttributes
 * @param ledger `none` before the first run; with `unreachable` the queue is always read
 */
export async function mayHoldMessages(
  queue: DeadLetterQueue,
  ledger: Connection | "none" | "unreachable",
): Promise<boolean> {
  const { visible, hidden } = await queue.count();
  if (visible + hidden > 0 || ledger === "unreachable") return true;
  if (ledger === "none") return false;
  const [rows] = await ledger.query<RowDataPacket[]>(
    `SELECT 1 FROM layer_run WHERE layer = ? AND state NOT IN ('completed', 'superseded')
      AND GREATEST(heartbeat_at, COALESCE(finished_at, heartbeat_at)) > NOW(6) - INTERVAL ? MINUTE LIMIT 1`,
    [queue.queues.layer, COUNTS_LAG_MINUTES],
  );
  return rows.length > 0;
}
