import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { FIRST_LAYER } from "../../config/layer-table.ts";

/** A layer's publication of a business date. */
export interface LayerPublication {
  layer: string;
  businessDate: string;
  /** Its run is completed. */
  isOfCompletedRun: boolean;
}

/**
 * Finds the gaps: business dates that a layer lacks although a completed run has published a later date in it. History
 * that the layer keeps, such as `tenant_status_history`, has no changes of these dates. To publish a date removes it and
 * all later dates from the layer, so these are gaps too if a still later date follows.
 *
 * @param requested business dates that have a run
 * @param publications in the order in which they happened
 * @returns the layers that lack a date, by date; dates without a gap are absent
 */
export function findGaps(
  requested: readonly string[],
  publications: readonly LayerPublication[],
): Map<string, string[]> {
  const gaps = new Map<string, string[]>();
  for (const [layer, ofLayer] of Map.groupBy(publications, (publication) => publication.layer)) {
    const held: LayerPublication[] = [];
    for (const publication of ofLayer) {
      while ((held.at(-1)?.businessDate ?? "") >= publication.businessDate) held.pop();
      held.push(publication);
    }
    const newest = held.findLast(({ isOfCompletedRun }) => isOfCompletedRun)?.businessDate ?? "";
    const dates = new Set(held.map(({ businessDate }) => businessDate));
    for (const date of requested) {
      if (date < newest && !dates.has(date)) gaps.set(date, [...(gaps.get(date) ?? []), layer]);
    }
  }
  return gaps;
}

/** Reads the gaps of the ledger. @see findGaps */
export async function readGaps(pool: Pool | Connection): Promise<Map<string, string[]>> {
  const [dates] = await pool.query<(RowDataPacket & { business_date: string })[]>(
    "SELECT DISTINCT business_date FROM run",
  );
  // the first layer holds only the newest dump
  const [rows] = await pool.query<(RowDataPacket & { layer: string; business_date: string; state: string })[]>(
    `SELECT layer, business_date, run.state FROM layer_run JOIN run USING (run_id)
      WHERE layer_run.state = 'completed' AND layer <> ? ORDER BY layer_run.finished_at, layer, seq`,
    [FIRST_LAYER],
  );
  return findGaps(
    dates.map(({ business_date }) => business_date),
    rows.map(({ layer, business_date, state }) => ({
      layer,
      businessDate: business_date,
      isOfCompletedRun: state === "completed",
    })),
  );
}
