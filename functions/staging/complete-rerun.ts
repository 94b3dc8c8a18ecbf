import type { Pool, RowDataPacket } from "mysql2/promise";
import type { BusinessDate, RunId } from "../../events/ids.ts";
import type { DumpReference, EventOf } from "../../events/schemas.ts";
import { upstreamNotLive } from "../../shared/ledger/claims/supersede.ts";
import { nextRunIdOf, readLiveSets } from "../../shared/ledger/reads/read-live-sets.ts";
import { fromJson } from "../../shared/ledger/schema/rows.ts";

type Request = EventOf<"PipelineRequested">;

interface Rerun {
  runId: RunId;
  businessDate: BusinessDate;
  dump: DumpReference | undefined;
}

/**
 * Adds run ID, business date and dump to a request that starts at a later layer and names no run: its sender cannot read
 * the ledger. They are those of the staging tables that are live now. A message that is delivered again gets
 * the same run, which has the request's ID as its correlation ID.
 *
 * @throws PermanentError UPSTREAM_NOT_LIVE when no staging tables are live
 */
export async function completeRerun(event: Request, ledger: Pool): Promise<Request> {
  const { metadata, data } = event.detail;
  if (data.from === undefined || metadata.runId !== undefined) return event;
  const { runId, ...rerun } = (await findRun(ledger, metadata.eventId)) ?? (await planRun(ledger));
  const detail = { metadata: { ...metadata, runId, correlationId: metadata.eventId }, data: { ...data, ...rerun } };
  return { ...event, detail };
}

async function planRun(ledger: Pool): Promise<Rerun> {
  const live = (await readLiveSets(ledger)).get("staging");
  if (live?.dump === undefined) throw upstreamNotLive("staging");
  const { businessDate, dump } = live;
  return { runId: await nextRunIdOf(ledger, { ...live, dump }), businessDate, dump };
}

interface RunOfRequest extends RowDataPacket {
  run_id: RunId;
  business_date: BusinessDate;
  dump: DumpReference | string | null;
}

/** The run of an earlier delivery; re-runs of its tables may have the same correlation ID. */
async function findRun(ledger: Pool, requestId: string): Promise<Rerun | undefined> {
  const [[run]] = await ledger.query<RunOfRequest[]>(
    "SELECT run_id, business_date, dump FROM run WHERE correlation_id = ? ORDER BY seq LIMIT 1",
    [requestId],
  );
  if (run === undefined) return undefined;
  return { runId: run.run_id, businessDate: run.business_date, dump: fromJson<DumpReference>(run.dump) ?? undefined };
}
