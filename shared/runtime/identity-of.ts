import type { BatonEvent } from "../../events/schemas.ts";
import { PermanentError } from "../errors/errors.ts";
import type { RunIdentity } from "../ledger/claims/claim.ts";

/**
 * The run that an event names.
 *
 * @throws PermanentError EVENT_WITHOUT_RUN for a request that names no run
 */
export function identityOf(event: BatonEvent): RunIdentity {
  const { metadata, data } = event.detail;
  const runId = "runId" in metadata ? metadata.runId : undefined;
  const { correlationId } = metadata;
  if (
    runId === undefined ||
    correlationId === undefined ||
    !("businessDate" in data) ||
    data.businessDate === undefined
  ) {
    throw eventWithoutRun(event);
  }
  return {
    runId,
    businessDate: data.businessDate,
    requestedBy: "event",
    correlationId,
    causationId: metadata.eventId,
    dump: data.dump,
  };
}

/** For a request that names no run. */
export function eventWithoutRun({ "detail-type": type, detail }: BatonEvent): PermanentError {
  return new PermanentError("EVENT_WITHOUT_RUN", `${type} ${detail.metadata.eventId} names no run`, { kind: "input" });
}
