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
    const message = `${event["detail-type"]} ${metadata.eventId} names no run`;
    throw new PermanentError("EVENT_WITHOUT_RUN", message, { kind: "input" });
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
