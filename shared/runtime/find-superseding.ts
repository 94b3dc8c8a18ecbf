import type { RowDataPacket } from "mysql2/promise";
import type { DetailType } from "../../events/schemas.ts";
import type { ClaimedContext } from "./context.ts";

/** The run whose tables replaced this attempt's input; undefined while the input is this run's own. */
export async function findSuperseding<T extends DetailType>({
  ledger,
  key,
  environment,
  claim,
}: ClaimedContext<T>): Promise<string | undefined> {
  const { listensTo: upstream } = environment.BATON_LAYER;
  if (upstream === undefined || claim.passesThrough) return undefined;
  const [[set]] = await ledger.pool.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM live_set WHERE layer = ?",
    [upstream],
  );
  return set === undefined || set.run_id === key.runId ? undefined : set.run_id;
}
