import { eventIdOf, type RunId } from "./ids.ts";
import {
  detailSchemas,
  EVENT_SOURCE,
  SCHEMA_VERSION,
  type BatonEvent,
  type DetailType,
  type EventData,
  type EventOf,
} from "./schemas.ts";

/** Metadata that all events of a run share. */
export interface EventContext {
  runId: RunId;
  stage: string;
  correlationId: string;
  causationId: string;
  emittedAt: Date;
}

/**
 * Builds an event and validates it, so that consumers do not refuse it.
 *
 * @throws ZodError when the data violates the contract
 */
export function buildEvent<T extends DetailType>(detailType: T, context: EventContext, data: EventData<T>): EventOf<T> {
  const layer = "layer" in data ? data.layer : "";
  const detail = detailSchemas[detailType].parse({
    metadata: {
      eventId: eventIdOf(context.runId, detailType, layer),
      schemaVersion: SCHEMA_VERSION,
      runId: context.runId,
      correlationId: context.correlationId,
      causationId: context.causationId,
      emittedAt: context.emittedAt.toISOString(),
      stage: context.stage,
    },
    data,
  });
  const event = { source: EVENT_SOURCE, "detail-type": detailType, detail } as BatonEvent;
  // the compiler cannot infer that schema and data belong to the same detail-type
  return event as EventOf<T>;
}
