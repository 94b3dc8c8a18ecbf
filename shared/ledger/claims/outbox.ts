import {
  EventBridgeServiceException,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from "@aws-sdk/client-eventbridge";
import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { RunId } from "../../../events/ids.ts";
import { EVENT_SOURCE, type RunEvent } from "../../../events/schemas.ts";
import { storeEvent, type EventBus } from "../../aws/published-events.ts";
import { inTransactionOn } from "../../warehouse/connection/transaction.ts";
import { TransientError } from "../../errors/errors.ts";
import { formatMany } from "../../text/format.ts";

/** Most entries of one PutEvents call. @see EventBridge API Reference, PutEvents */
const MAX_ENTRIES = 10;
/** Rows that a publisher reads to find the first event of each run. */
const MAX_LOCKED = 200;

interface OutboxRow extends RowDataPacket {
  seq: number;
  run_id: string;
  event_id: string;
  detail_type: string;
  detail: unknown;
}

/**
 * Writes events to the outbox, in the transaction of the fact that they report. An event that is already there is
 * published again: its ID belongs to the fact.
 */
export async function addToOutbox(connection: Connection, events: readonly RunEvent[]): Promise<void> {
  for (const event of events) {
    const { eventId, runId } = event.detail.metadata;
    await connection.query(
      `INSERT INTO outbox (event_id, run_id, detail_type, detail, created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE detail = VALUES(detail), published_at = NULL`,
      [eventId, runId, event["detail-type"], JSON.stringify(event.detail)],
    );
  }
}

/** Marks events as unpublished, so that they are published again. */
export async function rearmOutbox(pool: Pool, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await pool.query("UPDATE outbox SET published_at = NULL WHERE event_id IN (?)", [eventIds]);
}

/** Options of publishing. */
interface PublishOptions {
  /** Younger events are left to the function that wrote them. */
  minimumAgeSeconds?: number;
  /** Only refused events of this run are an error: those of other runs are left to the sweep, which reports them. */
  runId?: RunId | undefined;
}

/**
 * Publishes the unpublished events of the outbox and marks them. The events of a run are published one after the other,
 * in the order in which they were written; those of different runs in parallel. Several publishers may work at once: the
 * others skip an event that one has locked, and all later events of its run.
 *
 * @returns how many events were published
 * @throws TransientError EVENTS_NOT_ACCEPTED when the bus refused some; these, and the later events of their run, stay
 *   unpublished. The events of all other runs are published first
 */
export async function publishOutbox(
  pool: Pool,
  bus: EventBus,
  { minimumAgeSeconds = 0, runId }: PublishOptions = {},
): Promise<number> {
  let published = 0;
  const refused = new Map<string, PutEventsResultEntry>();
  for (;;) {
    const round = await inFreshTransaction(pool, (connection) =>
      publishRound(connection, { bus, minimumAgeSeconds, refused }),
    );
    published += round.accepted;
    if (round.sent === 0) break;
  }
  const runs = [...refused.keys()].filter((run) => runId === undefined || run === runId);
  const first = refused.get(runs[0] ?? "");
  if (first === undefined) return published;
  throw new TransientError(
    "EVENTS_NOT_ACCEPTED",
    `bus ${bus.bus} refused the events of ${formatMany(runs.length, "run")} (${runs.join(", ")}): ` +
      `${first.ErrorCode ?? "no code"} ${first.ErrorMessage ?? ""}`,
    { kind: "aws", retryAfterSeconds: 10 },
  );
}

/** READ COMMITTED: a publisher that waits for the bus must not keep others from writing events. */
async function inFreshTransaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.query("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    return await inTransactionOn(connection, () => work(connection));
  } finally {
    connection.release();
  }
}

interface Publisher {
  bus: EventBus;
  minimumAgeSeconds: number;
  /** Runs with an event that the bus refused in this call. */
  refused: Map<string, PutEventsResultEntry>;
}

/** Publishes the next event of up to ten runs. @returns how many were sent, and how many of them the bus accepted */
async function publishRound(connection: Connection, publisher: Publisher): Promise<{ sent: number; accepted: number }> {
  const { bus, refused } = publisher;
  const rows = (await lockHeads(connection, publisher)).filter(({ run_id }) => !refused.has(run_id));
  const batch = rows.slice(0, MAX_ENTRIES);
  if (batch.length === 0) return { sent: 0, accepted: 0 };
  const results = await putEntries(bus, await Promise.all(batch.map((row) => storedEntry(row, bus))));
  // PutEvents can answer 200 with failed entries
  const answers = batch.map((row, index) => ({ row, answer: results[index] ?? {} }));
  const accepted = answers.filter(({ answer }) => answer.EventId !== undefined).map(({ row }) => row.event_id);
  if (accepted.length > 0) {
    await connection.query("UPDATE outbox SET published_at = UTC_TIMESTAMP(6) WHERE event_id IN (?)", [accepted]);
  }
  for (const { row, answer } of answers) if (answer.EventId === undefined) refused.set(row.run_id, answer);
  return { sent: batch.length, accepted: accepted.length };
}

async function storedEntry({ event_id, detail_type, detail }: OutboxRow, bus: EventBus) {
  const Detail = typeof detail === "string" ? detail : JSON.stringify(detail);
  await storeEvent(bus, event_id, { detailType: detail_type, detail: Detail });
  return { EventBusName: bus.bus, Source: EVENT_SOURCE, DetailType: detail_type, Detail };
}

/** Sends entries together, or one by one when EventBridge refuses the request because of the size or content of one. */
async function putEntries(bus: EventBus, entries: PutEventsRequestEntry[]): Promise<readonly PutEventsResultEntry[]> {
  try {
    return (await bus.eventBridge.send(new PutEventsCommand({ Entries: entries }))).Entries ?? [];
  } catch (error) {
    if (!isContentRefused(error)) throw error;
    if (entries.length === 1) return [{ ErrorCode: error.name, ErrorMessage: error.message }];
    const results: PutEventsResultEntry[] = [];
    for (const entry of entries) results.push(...(await putEntries(bus, [entry])));
    return results;
  }
}

function isContentRefused(error: unknown): error is EventBridgeServiceException {
  if (!(error instanceof EventBridgeServiceException)) return false;
  return error.name === "ValidationException" || error.$metadata.httpStatusCode === 413;
}

/** Locks the first unpublished event of each run, unless another publisher has locked it. */
async function lockHeads(connection: Connection, { minimumAgeSeconds }: Publisher): Promise<OutboxRow[]> {
  const [locked] = await connection.query<OutboxRow[]>(
    `SELECT seq, event_id, run_id, detail_type, detail FROM outbox
      WHERE published_at IS NULL AND created_at <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND
      ORDER BY seq LIMIT ${MAX_LOCKED} FOR UPDATE SKIP LOCKED`,
    [minimumAgeSeconds],
  );
  if (locked.length === 0) return [];
  const [heads] = await connection.query<(RowDataPacket & { seq: number })[]>(
    "SELECT MIN(seq) AS seq FROM outbox WHERE published_at IS NULL AND run_id IN (?) GROUP BY run_id",
    [[...new Set(locked.map(({ run_id }) => run_id))]],
  );
  const first = new Set(heads.map(({ seq }) => seq));
  return locked.filter(({ seq }) => first.has(seq));
}

/** Counts events that have been unpublished for longer than this. */
export async function countWaiting(pool: Pool, olderThanSeconds: number): Promise<number> {
  const [[row]] = await pool.query<(RowDataPacket & { waiting: number })[]>(
    `SELECT COUNT(*) AS waiting FROM outbox
      WHERE published_at IS NULL AND created_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND`,
    [olderThanSeconds],
  );
  return row?.waiting ?? 0;
}
