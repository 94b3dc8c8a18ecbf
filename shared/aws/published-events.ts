import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { parseEvent } from "../../events/parse-event.ts";
import { EVENT_SOURCE, type BatonEvent } from "../../events/schemas.ts";
import { logger } from "../observability/observability.ts";
import { EVENTS_PREFIX } from "./events-prefix.ts";
import { readText } from "./read-text.ts";

/** The bucket with the published events. */
export interface EventStore {
  s3: S3Client;
  bucket: string;
}

/** The bus, and where its events are stored. */
export interface EventBus extends EventStore {
  eventBridge: EventBridgeClient;
  bus: string;
}

/** An event that no listener believes without the warehouse: it is not stored. */
const NEVER_STORED = "LayerStarted";

/**
 * Stores an event before it is put on the bus: listeners that cannot ask the ledger read it there, because any principal
 * with `events:PutEvents` can send an event that looks like it (docs/decisions/alerts/081).
 *
 * @param detail the event's detail as JSON text
 */
export async function storeEvent(
  { s3, bucket }: EventStore,
  eventId: string,
  { detailType, detail }: { detailType: string; detail: string },
): Promise<void> {
  if (detailType === NEVER_STORED) return;
  const Body = `{"source":"${EVENT_SOURCE}","detail-type":${JSON.stringify(detailType)},"detail":${detail}}`;
  const object = { Bucket: bucket, Key: `${EVENTS_PREFIX}${eventId}.json`, ContentType: "application/json" };
  await s3.send(new PutObjectCommand({ ...object, Body }));
}

/**
 * Reads the event that a message names, as a function of the environment published it. Nothing of the message is used but
 * the event's ID.
 *
 * @returns undefined when no function has published an event with this ID
 * @throws InvalidEventError when the message is not an event of the contract
 */
export async function publishedEvent({ s3, bucket }: EventStore, body: string): Promise<BatonEvent | undefined> {
  const { eventId } = parseEvent(body).detail.metadata;
  const text = await readText(s3, { Bucket: bucket, Key: `${EVENTS_PREFIX}${eventId}.json` });
  if (text !== undefined) return parseEvent(text);
  logger.warn("event ignored: no function of this environment has published it", { eventId });
  return undefined;
}
