import type { Connection, RowDataPacket } from "mysql2/promise";
import type { DumpReference, LayerStats } from "../../../events/schemas.ts";
import { NEWEST_FIRST } from "../../ledger/reads/newest-first.ts";
import { readGaps } from "../../ledger/reads/read-gaps.ts";
import { fromJson } from "../../ledger/schema/rows.ts";
import type { Backfill, HistoricRun, ReportedState, WaitingRun } from "./report.ts";

/** Maximum runs on the page: a year with repeated runs. The ledger stores 400 days. */
const HISTORY_RUNS = 400;

interface HistoryRow extends RowDataPacket {
  run_id: string;
  business_date: string;
  state: string;
  started_at: Date;
  finished_at: Date | null;
  dump: DumpReference | string | null;
}

interface LayerRow extends RowDataPacket {
  run_id: string;
  layer: string;
  state: string;
  attempt: number;
  started_at: Date;
  finished_at: Date | null;
  stats: LayerStats | string | null;
}

const STATES: Record<string, ReportedState> = {
  running: "running",
  retrying: "retrying",
  completed: "completed",
  failed: "failed",
  interrupted: "interrupted",
  superseded: "superseded",
  waiting: "waiting",
  cancelled: "cancelled",
};

/** Converts a state in the ledger to a reported state. */
export function reportedState(state: string): ReportedState {
  return STATES[state] ?? "failed";
}

/**
 * Reads the runs that started last, with their layers, the last one first.
 *
 * @param layers names in the order of the layer table; the last one makes a run's data live
 */
export async function readHistory(
  connection: Connection,
  layers: readonly string[],
  now: Date,
): Promise<HistoricRun[]> {
  const [runs] = await connection.query<HistoryRow[]>(
    `SELECT run_id, business_date, state, started_at, finished_at, dump FROM run
      WHERE state <> 'waiting' ORDER BY ${NEWEST_FIRST} LIMIT ?`,
    [HISTORY_RUNS],
  );
  if (runs.length === 0) return [];
  const [rows] = await connection.query<LayerRow[]>(
    `SELECT run_id, layer, state, attempt, started_at, finished_at, stats FROM layer_run WHERE run_id IN (?)
      ORDER BY started_at`,
    [runs.map(({ run_id }) => run_id)],
  );
  const ofRun = Map.groupBy(rows, ({ run_id }) => run_id);
  const gaps = await readGaps(connection);
  return runs.map((run) => ({
    ...historicRun(run, ofRun.get(run.run_id) ?? [], layers.at(-1), now),
    missingIn: gaps.get(run.business_date) ?? [],
  }));
}

function historicRun(
  run: HistoryRow,
  rows: readonly LayerRow[],
  last: string | undefined,
  now: Date,
): Omit<HistoricRun, "missingIn"> {
  const end = (row: { finished_at: Date | null }): number => (row.finished_at ?? now).getTime();
  const stats = rows.map(({ stats: json }) => fromJson<LayerStats>(json)?.rows ?? 0);
  const live = rows.find(({ layer, state }) => layer === last && state === "completed");
  const takenAt = fromJson<DumpReference>(run.dump)?.takenAt;
  return {
    id: run.run_id,
    businessDate: run.business_date,
    state:
      run.state === "running" && rows.some(({ state }) => state === "retrying") ? "retrying" : reportedState(run.state),
    startedAt: run.started_at.toISOString(),
    durationMs: Math.max(0, end(run) - run.started_at.getTime()),
    layers: rows.map((row) => ({
      name: row.layer,
      durationMs: Math.max(0, end(row) - row.started_at.getTime()),
      attempts: row.attempt,
    })),
    rows: live === undefined ? null : stats.reduce((sum, count) => sum + count, 0),
    freshnessHours:
      live?.finished_at == null || takenAt === undefined
        ? null
        : (live.finished_at.getTime() - Date.parse(takenAt)) / 3_600_000,
  };
}

interface WaitingRow extends RowDataPacket {
  run_id: string;
  business_date: string;
  requested_by: string;
  started_at: Date;
}

/** Reads the runs that wait for their turn, in the order in which they will start. */
export async function readWaiting(connection: Connection): Promise<WaitingRun[]> {
  const [rows] = await connection.query<WaitingRow[]>(
    `SELECT run_id, business_date, requested_by, started_at FROM run
      WHERE state = 'waiting' ORDER BY business_date, seq DESC`,
  );
  return rows.map((row) => ({
    id: row.run_id,
    businessDate: row.business_date,
    requestedBy: row.requested_by,
    requestedAt: row.started_at.toISOString(),
  }));
}

interface BackfillRow extends RowDataPacket {
  first: string;
  last: string;
  dates: number;
  ended: number | string;
}

/** Reads the backfills that have waiting or running dates, earliest date first. */
export async function readBackfills(connection: Connection): Promise<Backfill[]> {
  const [rows] = await connection.query<BackfillRow[]>(
    `SELECT MIN(business_date) AS first, MAX(business_date) AS last, COUNT(*) AS dates,
        SUM(state NOT IN ('waiting', 'running')) AS ended
      FROM run WHERE JSON_VALUE(request, '$.data.backfill.id') IS NOT NULL
      GROUP BY JSON_VALUE(request, '$.data.backfill.id') HAVING ended < dates ORDER BY first`,
  );
  return rows.map(({ first, last, dates, ended }) => ({ from: first, to: last, dates, ended: Number(ended) }));
}
