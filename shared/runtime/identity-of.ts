import type { BatonEvent } from "../../events/schemas.ts";
import { PermanentError } from "../errors/errors.ts";
import type { RunIdentity } from "../ledger/claims/claim.ts";

/**
 * The run that an event belongs to, as the event says itself.
 *
 * @throws PermanentError EVENT_WITHOUT_RUN for requests, which name no run
 */
export async function identityOf(event: BatonEvent): Promise<RunIdentity> {
  const { metadata, data } = event.detail;
  const { runId, correlationId } = metadata;
  if (runId === undefined || correlationId === undefined || data.businessDate === undefined) {
    return Promise.reject(
      new PermanentError("EVENT_WITHOUT_RUN", `${event["detail-type"]} ${metadata.eventId} names no run`, {
        kind: "input",
      }),
    );
  }
  return Promise.resolve({
    runId,
    businessDate: data.businessDate,
    requestedBy: "event",
    correlationId,
    causationId: metadata.eventId,
    dump: data.dump,
  });
}
