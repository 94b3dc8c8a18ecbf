import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import type { LayerPolicy } from "../../config/layer-table.ts";
import { PermanentError } from "../../errors/errors.ts";
import type { RunRow } from "../schema/rows.ts";
import type { RunState } from "../schema/states.ts";

/** A live set, with the sequence number and the state of its run. */
export interface LiveSetRow extends RowDataPacket {
  layer: string;
  run_id: string;
  business_date: string;
  seq: number;
  state: RunState;
}

/** What decides whether a run is superseded. */
export type SupersedableRun = Pick<RunRow, "run_id" | "business_date" | "seq" | "is_forced">;

/** True when a run begins after this layer, which then only passes its live tables on. */
export function comesBefore(policy: LayerPolicy, fromLayer: string | null): boolean {
  return fromLayer !== null && policy.name !== fromLayer && policy.ancestors?.includes(fromLayer) !== true;
}

/**
 * Finds the run whose published tables supersede a run that has not started yet: a newer dump of the same date, or unless
 * this run is forced, a completed newer date. A later date that is not complete will be run again after this one.
 */
export function supersedingRun(run: SupersedableRun, sets: readonly LiveSetRow[]): string | undefined {
  return sets.find(
    (set) => isNewerDump(run, set) || (set.state === "completed" && set.run_id !== run.run_id && isLaterDate(run, set)),
  )?.run_id;
}

function isNewerDump(run: SupersedableRun, set: LiveSetRow): boolean {
  return set.business_date === run.business_date && set.seq > run.seq;
}

function isLaterDate(run: SupersedableRun, set: LiveSetRow): boolean {
  return set.business_date > run.business_date && run.is_forced !== 1;
}

/**
 * Finds the run whose published tables supersede this one at a layer: a newer dump of the same date, or unless this run is
 * forced, a newer date that is complete; and for a layer with an upstream, any other run's tables there. A re-run that
 * begins at this layer takes over the upstream's set of the same date and dump.
 *
 * @returns the superseding run, or undefined when the layer may be built
 * @throws PermanentError UPSTREAM_NOT_LIVE or UPSTREAM_OTHER_DATE when it cannot be built from what is live
 * @see docs/decisions/runs/002, 021 and 050
 */
export async function supersededBy(
  connection: Connection,
  run: RunRow,
  policy: LayerPolicy,
): Promise<string | undefined> {
  const sets = await readLiveSetRows(connection);
  const own = sets.find((set) => set.layer === policy.name);
  if (own !== undefined && isNewerDump(run, own)) return own.run_id;
  if (own !== undefined && (policy.isLast || own.state === "completed") && isLaterDate(run, own)) return own.run_id;
  if (policy.listensTo === undefined) return undefined;
  const upstream = sets.find((set) => set.layer === policy.listensTo);
  if (upstream === undefined) throw upstreamNotLive(policy.listensTo);
  if (upstream.run_id === run.run_id) return undefined;
  if (run.from_layer !== policy.name || upstream.seq > run.seq) return upstream.run_id;
  await takeUpstreamOver(connection, run, policy, upstream);
  return undefined;
}

/** The live sets with what decides on supersession. */
export async function readLiveSetRows(connection: Connection | Pool): Promise<LiveSetRow[]> {
  const [sets] = await connection.query<LiveSetRow[]>(
    `SELECT live_set.layer, live_set.run_id, live_set.business_date, run.seq, run.state
      FROM live_set JOIN run USING (run_id)`,
  );
  return sets;
}

/** For a layer without live tables that the ledger knows. */
export function upstreamNotLive(upstream: string): PermanentError {
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
