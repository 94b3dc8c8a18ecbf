import type { Pool, RowDataPacket } from "mysql2/promise";
import { runIdOf, type BusinessDate, type RunId } from "../../../events/ids.ts";
import type { DumpReference } from "../../../events/schemas.ts";
import { dayAndDumpOf } from "../claims/supersede.ts";
import { fromJson } from "../schema/rows.ts";
import { nextRepeat } from "./read-status.ts";

/** The run whose tables are live in a layer. */
export interface LiveSet {
  layer: string;
  runId: RunId;
  businessDate: BusinessDate;
  correlationId: string;
  dump: DumpReference | undefined;
}

interface LiveSetRow extends RowDataPacket {
  layer: string;
  // the ledger holds only IDs and dates that were parsed before
  run_id: RunId;
  business_date: BusinessDate;
  correlation_id: string;
  dump: DumpReference | string | null;
}

/** Reads the run of each layer's live tables; without layers that were never published or whose set belongs to no run. */
export async function readLiveSets(pool: Pool): Promise<Map<string, LiveSet>> {
  const [rows] = await pool.query<LiveSetRow[]>(
    `SELECT live_set.layer, live_set.run_id, live_set.business_date, run.correlation_id, run.dump
      FROM live_set JOIN run USING (run_id)`,
  );
  return new Map(
    rows.map((row) => [
      row.layer,
      {
        layer: row.layer,
        runId: row.run_id,
        businessDate: row.business_date,
        correlationId: row.correlation_id,
        dump: fromJson<DumpReference>(row.dump) ?? undefined,
      },
    ]),
  );
}

/** Business dates after this one that have a completed run, oldest first. */
export async function laterDates(pool: Pool, businessDate: BusinessDate): Promise<BusinessDate[]> {
  const [rows] = await pool.query<(RowDataPacket & { business_date: BusinessDate })[]>(
    "SELECT DISTINCT business_date FROM run WHERE state = 'completed' AND business_date > ? ORDER BY business_date",
    [businessDate],
  );
  return rows.map(({ business_date }) => business_date);
}

/** The ID of the next run that uses the live tables of a layer again. */
export async function nextRunIdOf(pool: Pool, live: LiveSet & { dump: DumpReference }): Promise<RunId> {
  return runIdOf(live.businessDate, live.dump.sha256, await nextRepeat(pool, dayAndDumpOf(live.runId)));
}
