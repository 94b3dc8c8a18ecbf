import type { Pool, RowDataPacket } from "mysql2/promise";
import type { DumpReference } from "../../events/schemas.ts";
import type { LedgerSummary } from "../../shared/ledger/ledger-summary.ts";
import { NEWEST_FIRST } from "../../shared/ledger/reads/newest-first.ts";
import { readWorkStart } from "../../shared/ledger/reads/read-work-start.ts";
import { fromJson } from "../../shared/ledger/schema/rows.ts";
import { metrics } from "../../shared/observability/observability.ts";
import { isRunMissing } from "./is-run-missing.ts";
import type { PulseEnvironment } from "./pulse-environment.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What pulse remembers of the ledger until it reads it again. */
type Measured = Omit<LedgerSummary, "code" | "dlqDepths">;
type Expected = Pick<PulseEnvironment, "BATON_LAYERS" | "BATON_RUN_DEADLINE">;

/** Emits the state of each layer according to the ledger, and whether the day's run is missing. */
export async function measureLedger(pool: Pool, environment: Expected, now: Date): Promise<Measured> {
  const measured = await readMeasured(pool, now);
  const backups = await readMostBackups(pool);
  for (const layer of environment.BATON_LAYERS) {
    const newest = await readNewest(pool, layer);
    metrics.emit(layer, {
      LayerFailing: newest?.state === "failed" ? 1 : 0,
      LayerElapsedMinutes: await elapsedMinutes(pool, layer, newest, now),
      QualityTestsFailing: newest === undefined ? 0 : await countFailingTests(pool, layer, newest),
      BackupsPerTable: backups.get(layer) ?? 0,
    });
  }
  emitFreshness(measured, environment.BATON_LAYERS, now);
  emitRunMissing(measured, environment, now);
  return measured;
}

/** Emits the metrics that change with the time alone: those of which alarms expect data at any time. */
export function emitClockGauges(measured: Measured, environment: Expected, now: Date): void {
  emitFreshness(measured, environment.BATON_LAYERS.slice(-1), now);
  emitRunMissing(measured, environment, now);
}

function emitFreshness({ dumpTimes }: Measured, layers: readonly string[], now: Date): void {
  for (const layer of layers) {
    const takenAt = dumpTimes[layer];
    if (takenAt === undefined) continue;
    metrics.emit(layer, { DataFreshnessHours: (now.getTime() - takenAt.getTime()) / HOUR_MS });
  }
}

function emitRunMissing(measured: Measured, { BATON_RUN_DEADLINE: deadline }: Expected, now: Date): void {
  metrics.add("RunMissing", isRunMissing(measured, deadline, now) ? 1 : 0);
}

interface LedgerState extends RowDataPacket {
  unfinished: number;
  completed_date: string | null;
  expected_since: Date | null;
}

async function readMeasured(pool: Pool, now: Date): Promise<Measured> {
  const [[state]] = await pool.query<LedgerState[]>(
    `SELECT (SELECT COUNT(*) FROM run WHERE state IN ('waiting', 'running'))
        + (SELECT COUNT(*) FROM outbox WHERE published_at IS NULL)
        + (SELECT COUNT(*) FROM publication WHERE state = 'intended') AS unfinished,
      (SELECT MAX(business_date) FROM run WHERE state = 'completed') AS completed_date,
      (SELECT MIN(adopted_at) FROM target) AS expected_since`,
  );
  return {
    measuredAt: now,
    isActive: (state?.unfinished ?? 0) > 0,
    completedDate: state?.completed_date ?? null,
    expectedSince: state?.expected_since ?? null,
    dumpTimes: await readDumpTimes(pool),
  };
}

interface NewestRun extends RowDataPacket {
  run_id: string;
  state: string;
  attempt: number;
}

/** The run that started last of those that worked on the layer and was neither superseded nor cancelled. */
async function readNewest(pool: Pool, layer: string): Promise<NewestRun | undefined> {
  const [[newest]] = await pool.query<NewestRun[]>(
    `SELECT layer_run.run_id, layer_run.state, layer_run.attempt FROM layer_run JOIN run USING (run_id)
      WHERE layer = ? AND layer_run.state NOT IN ('superseded', 'cancelled') AND run.state <> 'waiting' ORDER BY ${NEWEST_FIRST} LIMIT 1`,
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
async function readDumpTimes(pool: Pool): Promise<Record<string, Date>> {
  const [rows] = await pool.query<(RowDataPacket & { layer: string; dump: DumpReference | string | null })[]>(
    "SELECT live_set.layer, run.dump FROM live_set JOIN run USING (run_id)",
  );
  return Object.fromEntries(
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
