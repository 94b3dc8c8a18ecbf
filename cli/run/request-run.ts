import { randomUUID } from "node:crypto";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { BusinessDate, RunId } from "../../events/ids.ts";
import { detailSchemas, SCHEMA_VERSION, type DumpReference } from "../../events/schemas.ts";
import { putEvent } from "../../shared/aws/put-event.ts";

/** The requested run. */
export interface RunRequest {
  /** Undefined with `runId` and `from`: the first layer finds the run of the live tables in the ledger. */
  businessDate?: BusinessDate;
  manifestKey?: string | undefined;
  allowStale?: boolean;
  runId?: RunId;
  /** Allows what is otherwise refused: an older date than the published one, a jump in a table's row count. */
  isForced?: boolean;
  /** Starts at this layer, using the live tables of the layer before it. */
  from?: string;
  /** Correlation ID of the run that created these live tables; by default the request's own. */
  correlationId?: string;
  /** The dump to load, instead of the manifest's. */
  dump?: DumpReference;
  /** The run is one day of a backfill. */
  backfill?: { id: string; onFailure: "stop" | "continue" };
}

/** A requested run whose ID is known. */
export type KnownRun = RunRequest & Required<Pick<RunRequest, "businessDate" | "runId">>;

/**
 * Publishes PipelineRequested: the only thing that starts a run.
 *
 * @returns the event's ID
 * @throws TransientError EVENTS_NOT_ACCEPTED when the bus refuses the event
 */
export async function requestRun(
  client: EventBridgeClient,
  { bus, stage }: { bus: string; stage: string },
  request: RunRequest,
): Promise<string> {
  const eventId = randomUUID();
  const detail = detailSchemas.PipelineRequested.parse({
    metadata: {
      eventId,
      schemaVersion: SCHEMA_VERSION,
      correlationId: request.correlationId ?? eventId,
      emittedAt: new Date().toISOString(),
      stage,
      ...(request.runId !== undefined && { runId: request.runId }),
    },
    data: {
      requestedBy: "operator",
      ...(request.businessDate !== undefined && { businessDate: request.businessDate }),
      ...(request.manifestKey !== undefined && { manifestKey: request.manifestKey }),
      ...(request.dump !== undefined && { dump: request.dump }),
      ...(request.allowStale === true && { allowStale: true }),
      ...(request.isForced === true && { force: true }),
      ...(request.from !== undefined && { from: request.from }),
      ...(request.backfill !== undefined && { backfill: request.backfill }),
    },
  });
  await putEvent({ eventBridge: client, bus }, { "detail-type": "PipelineRequested", detail });
  return eventId;
}
