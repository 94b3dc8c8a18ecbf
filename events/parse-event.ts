import { z } from "zod";
import { oneLine } from "./one-line.ts";
import { detailSchemas, EVENT_SOURCE, type BatonEvent, type DetailType, type EventOf } from "./schemas.ts";

const envelope = z.object({
  source: z.literal(EVENT_SOURCE),
  "detail-type": z.string(),
  detail: z.unknown(),
});

/** An event violates the contract; the message names each field. */
export class InvalidEventError extends Error {
  constructor(message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "InvalidEventError";
  }
}

function isDetailType(name: string): name is DetailType {
  return Object.hasOwn(detailSchemas, name);
}

/**
 * Parses an event from the body of a queue message. Unknown fields are removed, because a newer producer may add
 * fields.
 *
 * @param body the EventBridge event as JSON text
 * @throws InvalidEventError naming the field, the value found and the expected one
 */
export function parseEvent(body: string): BatonEvent {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new InvalidEventError(`the message is not JSON: ${String(error)}`, { cause: error });
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) throw new InvalidEventError(`not an event of Baton: ${oneLine(outer.error)}`);
  const detailType = outer.data["detail-type"];
  if (!isDetailType(detailType)) {
    const known = Object.keys(detailSchemas).join(", ");
    throw new InvalidEventError(`unknown detail-type ${detailType}; known are ${known}`);
  }
  const detail = detailSchemas[detailType].safeParse(outer.data.detail);
  if (!detail.success) throw new InvalidEventError(`${detailType}: ${oneLine(detail.error)}`);
  // the compiler cannot infer that schema and data belong to the same detail-type
  return { source: EVENT_SOURCE, "detail-type": detailType, detail: detail.data } as BatonEvent;
}

/** Narrows an event to one detail-type. */
export function isEventOf<T extends DetailType>(event: BatonEvent, detailType: T): event is EventOf<T> {
  return event["detail-type"] === detailType;
}
