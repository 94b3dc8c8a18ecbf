import type { Pool, RowDataPacket } from "mysql2/promise";
import type { DumpReference } from "../../events/schemas.ts";
import { readWorkStart } from "../../shared/ledger/reads/read-work-start.ts";
import { fromJson } from "../../shared/ledger/schema/rows.ts";
import { metrics } from "../../shared/observability/observability.ts";
import type { PulseEnvironment } from "./pulse-environment.ts";
import { passedDeadline } from "./run-deadline.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Emits the state of each layer according to the ledger, and whether the day's run is missing. */
export async function measureLedger(
  pool: Pool,
  { BATON_LAYERS: layers, BATON_RUN_DEADLINE: deadline }: PulseEnvironment,
  now: Date,
): Promise<void> {
  const takenAt = await readDumpTimes(pool);
  const backups = await readMostBackups(pool);
  for (const layer of layers) {
    const newest = await readNewest(pool, layer);
    const live = takenAt.get(layer);
    metrics.emit(layer, {
      LayerFailing: newest?.state === "failed" ? 1 : 0,
      LayerElapsedMinutes: await elapsedMinutes(pool, layer, newest, now),
      QualityTestsFailing: newest === undefined ? 0 : await countFailingTests(pool, layer, newest),
      BackupsPerTable: backups.get(layer) ?? 0,
      ...(live !== undefined && { DataFreshnessHours: (now.getTime() - live.getTime()) / HOUR_MS }),
    });
  }
  metrics.add("RunMissing", deadline !== "" && (await isRunMissing(pool, deadline, now)) ? 1 : 0);
}

interface NewestRun extends RowDataPacket {
  run_id: string;
  state: string;
  attempt: number;
}

/** The newest run that worked on the layer and was neither superseded nor cancelled. */
async function readNewest(pool: Pool, layer: string): Promise<NewestRun | undefined> {
  const [[newest]] = await pool.query<NewestRun[]>(
    `SELECT layer_run.run_id, layer_run.state, layer_run.attempt FROM layer_run JOIN run USING (run_id)
      WHERE layer = ? AND layer_run.state NOT IN ('superseded', 'cancelled') AND run.state <> 'waiting' ORDER BY run.seq DESC LIMIT 1`,
    [layer],
  );
  return newest;
}

async function elapsedMinutes(pool: Pool, layer: string, newest: NewestRun | undefined, now: Date): Promise<number> {
  if (newest === undefined || !["running", "retrying"].includes(newest.state)) return 0;
  const start = await readWorkStart(pool, { runId: newest.run_id, layer });
  return start === undefined ? 0 : Math.max(0, (now.getTime() - start.getTime()) / MINUTE_MS);
}

async function countFailingTests(pool: Pool, layer: string, { run_id, attempt }: NewestRun): Promise<number> {
  const [[row]] = await pool.query<(RowDataPacket & { failing: number })[]>(
    `SELECT COUNT(*) AS failing FROM quality_result
      WHERE run_id = ? AND layer = ? AND attempt = ? AND severity = 'error' AND status IN ('fail', 'error')`,
    [run_id, layer, attempt],
  );
  return row?.failing ?? 0;
}

/** The times at which the dumps of the live tables were taken, by layer. */
async function readDumpTimes(pool: Pool): Promise<Map<string, Date>> {
  const [rows] = await pool.query<(RowDataPacket & { layer: string; dump: DumpReference | string | null })[]>(
    "SELECT live_set.layer, run.dump FROM live_set JOIN run USING (run_id)",
  );
  return new Map(
    rows.flatMap(({ layer, dump }) => {
      const takenAt = fromJson(dump)?.takenAt;
      return takenAt === undefined ? [] : [[layer, new Date(takenAt)] as const];
    }),
  );
}

/** The highest number of backups of one table for one day, by layer. */
async function readMostBackups(pool: Pool): Promise<Map<string, number>> {
  const [rows] = await pool.query<(RowDataPacket & { layer: string; most: number })[]>(
    `SELECT layer, MAX(backups) AS most FROM (
        SELECT layer, COUNT(*) AS backups FROM backup WHERE dropped_at IS NULL
          GROUP BY layer, schema_name, table_name, taken_on
      ) AS by_table GROUP BY layer`,
  );
  return new Map(rows.map(({ layer, most }) => [layer, most]));
}

/** True when no run of the deadline's date or a later date is complete; false for days before the ledger existed. */
async function isRunMissing(pool: Pool, deadline: string, now: Date): Promise<boolean> {
  const { businessDate, at } = passedDeadline(deadline, now);
  const [[row]] = await pool.query<(RowDataPacket & { completed: number; expected: number })[]>(
    `SELECT (SELECT COUNT(*) FROM run WHERE state = 'completed' AND business_date >= ?) AS completed,
      (SELECT COUNT(*) FROM target WHERE adopted_at < ?) AS expected`,
    [businessDate, at],
  );
  return row !== undefined && row.expected > 0 && row.completed === 0;
}
