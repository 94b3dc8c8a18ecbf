import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { EVENT_SOURCE, type BatonEvent } from "../../events/schemas.ts";
import { inTransaction } from "../db/transaction.ts";
import { TransientError } from "../errors/errors.ts";

/** Most entries of one PutEvents call. @see EventBridge API Reference, PutEvents */
const MAX_ENTRIES = 10;

interface OutboxRow extends RowDataPacket {
  event_id: string;
  detail_type: string;
  detail: unknown;
}

/**
 * Puts events into the outbox, in the transaction of the fact that they tell. An event that is already there is armed
 * again: its id is that of the fact, not of the telling.
 */
export async function addToOutbox(connection: Connection, events: readonly BatonEvent[]): Promise<void> {
  for (const event of events) {
    const { eventId, runId } = event.detail.metadata;
    await connection.query(
      `INSERT INTO outbox (event_id, run_id, detail_type, detail, created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE detail = VALUES(detail), published_at = NULL`,
      [eventId, runId, event["detail-type"], JSON.stringify(event.detail)],
    );
  }
}

/** Arms the layer's outgoing events of a run once more, for a listener that asks again. */
export async function rearmOutbox(pool: Pool, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await pool.query("UPDATE outbox SET published_at = NULL WHERE event_id IN (?)", [eventIds]);
}

/**
 * Publishes what stands unpublished in the outbox, oldest first, and marks it. Several publishers may work at once.
 *
 * @param minimumAgeSeconds leave younger ones to the function that wrote them
 * @returns how many events were published
 * @throws TransientError EVENTS_NOT_ACCEPTED when the bus refused some; those stay unpublished
 */
export async function publishOutbox(
  pool: Pool,
  client: EventBridgeClient,
  bus: string,
  { minimumAgeSeconds = 0 }: { minimumAgeSeconds?: number } = {},
): Promise<number> {
  let published = 0;
  for (;;) {
    const count = await inTransaction(pool, (connection) => publishBatch(connection, client, bus, minimumAgeSeconds));
    published += count;
    if (count < MAX_ENTRIES) return published;
  }
}

async function publishBatch(
  connection: Connection,
  client: EventBridgeClient,
  bus: string,
  minimumAgeSeconds: number,
): Promise<number> {
  const [rows] = await connection.query<OutboxRow[]>(
    `SELECT event_id, detail_type, detail FROM outbox
      WHERE published_at IS NULL AND created_at <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND
      ORDER BY created_at LIMIT ${MAX_ENTRIES} FOR UPDATE SKIP LOCKED`,
    [minimumAgeSeconds],
  );
  if (rows.length === 0) return 0;
  const response = await client.send(
    new PutEventsCommand({
      Entries: rows.map((row) => ({
        EventBusName: bus,
        Source: EVENT_SOURCE,
        DetailType: row.detail_type,
        Detail: typeof row.detail === "string" ? row.detail : JSON.stringify(row.detail),
      })),
    }),
  );
  // PutEvents can answer 200 with failed entries
  const accepted = rows.filter((_, index) => response.Entries?.[index]?.EventId !== undefined);
  if (accepted.length > 0) {
    await connection.query("UPDATE outbox SET published_at = UTC_TIMESTAMP(6) WHERE event_id IN (?)", [
      accepted.map((row) => row.event_id),
    ]);
  }
  if (accepted.length < rows.length) {
    await connection.commit();
    const refused = response.Entries?.find((entry) => entry.EventId === undefined);
    throw new TransientError(
      "EVENTS_NOT_ACCEPTED",
      `bus ${bus} refused ${rows.length - accepted.length} of ${rows.length} events: ` +
        `${refused?.ErrorCode ?? "no code"} ${refused?.ErrorMessage ?? ""}`,
      { kind: "aws", retryAfterSeconds: 10 },
    );
  }
  return rows.length;
}
