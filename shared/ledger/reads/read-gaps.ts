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
 * Finds the gaps: business dates that a layer lacks although a completed run has published this or a later date in it.
 * History that the layer keeps has no changes of these dates. Publishing a date removes it and all later dates from the
 * layer, so these are gaps until they are published again.
 *
 * @param ended business dates of which all runs have ended
 * @param publications in the order in which they happened
 * @returns the layers that lack a date, by date; dates without a gap are absent
 */
export function findGaps(ended: readonly string[], publications: readonly LayerPublication[]): Map<string, string[]> {
  const gaps = new Map<string, string[]>();
  for (const [layer, ofLayer] of Map.groupBy(publications, (publication) => publication.layer)) {
    const held: LayerPublication[] = [];
    for (const publication of ofLayer) {
      while ((held.at(-1)?.businessDate ?? "") >= publication.businessDate) held.pop();
      held.push(publication);
    }
    const completed = ofLayer.flatMap((one) => (one.isOfCompletedRun ? [one.businessDate] : []));
    const newest = completed.toSorted().at(-1) ?? "";
    const dates = new Set(held.map(({ businessDate }) => businessDate));
    for (const date of ended) {
      if (date <= newest && !dates.has(date)) gaps.set(date, [...(gaps.get(date) ?? []), layer]);
    }
  }
  return gaps;
}

/** Reads the gaps of the ledger. @see findGaps */
export async function readGaps(pool: Pool | Connection): Promise<Map<string, string[]>> {
  const [dates] = await pool.query<(RowDataPacket & { business_date: string })[]>(
    "SELECT business_date FROM run GROUP BY 1 HAVING SUM(state IN ('waiting', 'running')) = 0",
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
