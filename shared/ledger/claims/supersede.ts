import type { Connection, RowDataPacket } from "mysql2/promise";
import type { LayerPolicy } from "../../config/layer-table.ts";
import { PermanentError } from "../../errors/errors.ts";
import type { RunRow } from "../schema/rows.ts";

interface LiveSetRow extends RowDataPacket {
  layer: string;
  run_id: string;
  business_date: string;
  seq: number;
}

/** True when a run begins after this layer, which then only passes its live tables on. */
export function comesBefore(policy: LayerPolicy, fromLayer: string | null): boolean {
  return fromLayer !== null && policy.name !== fromLayer && policy.ancestors?.includes(fromLayer) !== true;
}

/**
 * Finds the run whose published tables supersede this one: a newer run's, or those of a newer date unless this run is
 * forced; and for a layer with an upstream, any other run's tables there. A re-run that begins at this layer takes over
 * the upstream's set of the same date and dump.
 *
 * @returns the superseding run, or undefined when the layer may be built
 * @throws PermanentError UPSTREAM_NOT_LIVE or UPSTREAM_OTHER_DATE when it cannot be built from what is live
 * @see docs/decisions/002 and 021
 */
export async function supersededBy(
  connection: Connection,
  run: RunRow,
  policy: LayerPolicy,
): Promise<string | undefined> {
  const [sets] = await connection.query<LiveSetRow[]>(
    `SELECT live_set.layer, live_set.run_id, live_set.business_date, run.seq FROM live_set JOIN run USING (run_id)
      WHERE layer IN (?, ?)`,
    [policy.name, policy.listensTo ?? policy.name],
  );
  const own = sets.find((set) => set.layer === policy.name);
  if (own !== undefined && own.seq > run.seq) return own.run_id;
  if (own !== undefined && own.business_date > run.business_date && run.is_forced !== 1) return own.run_id;
  if (policy.listensTo === undefined) return undefined;
  const upstream = sets.find((set) => set.layer === policy.listensTo);
  if (upstream === undefined) throw upstreamNotLive(policy.listensTo);
  if (upstream.run_id === run.run_id) return undefined;
  if (run.from_layer !== policy.name || upstream.seq > run.seq) return upstream.run_id;
  await takeUpstreamOver(connection, run, policy, upstream);
  return undefined;
}

function upstreamNotLive(upstream: string): PermanentError {
  return new PermanentError("UPSTREAM_NOT_LIVE", `the live tables of ${upstream} belong to no run in the ledger`, {
    kind: "input",
    advice: "Start a run from its first layer: ./baton run --force",
  });
}

/** Date and dump of a run ID, without the number of the repetition. */
export function dayAndDumpOf(runId: string): string {
  return runId.replace(/-r\d+$/, "");
}

async function takeUpstreamOver(
  connection: Connection,
  run: RunRow,
  policy: LayerPolicy,
  upstream: LiveSetRow,
): Promise<void> {
  if (dayAndDumpOf(upstream.run_id) !== dayAndDumpOf(run.run_id)) {
    throw new PermanentError(
      "UPSTREAM_OTHER_DATE",
      `${policy.name} of ${run.business_date} cannot be built: ${upstream.layer} holds ${upstream.business_date} ` +
        `(run ${upstream.run_id})`,
      {
        kind: "input",
        advice: `Load that day again, from its first layer: ./baton run --date ${run.business_date} --force`,
      },
    );
  }
  await connection.query("UPDATE live_set SET run_id = ? WHERE layer = ? AND run_id = ?", [
    run.run_id,
    upstream.layer,
    upstream.run_id,
  ]);
}
