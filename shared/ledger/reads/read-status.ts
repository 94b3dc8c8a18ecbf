import type { Pool, RowDataPacket } from "mysql2/promise";
import type { LayerStats } from "../../../events/schemas.ts";
import type { RecordedError } from "../../errors/errors.ts";
import { readLiveSetRows, supersedingRun } from "../claims/supersede.ts";
import { nextAttemptAt } from "../claims/next-attempt.ts";
import { fromJson, type LayerRunRow, type RunRow, type StepRow } from "../schema/rows.ts";
import type { RunState, ShownState } from "../schema/states.ts";
import { NEWEST_FIRST } from "./newest-first.ts";
import { readGaps } from "./read-gaps.ts";

/** A part of a layer's work, as `baton status` shows it. */
export interface StepStatus {
  name: string;
  kind: string;
  state: string;
  attempt: number;
  rows: number | null;
  bytes: number | null;
  durationMs: number | null;
  message: string | null;
}

/** A layer of a run, as `baton status` shows it. */
export interface LayerStatus {
  name: string;
  state: ShownState;
  attempts: number;
  durationMs: number | null;
  rows: number | null;
  startedAt: string | null;
  nextAttemptAt: string | null;
  steps: StepStatus[];
  error: RecordedError | null;
  /** A failed layer can be replayed until an operator deletes its DLQ message. */
  hasDlqMessage: boolean;
}

/** A run, as `baton runs` lists it. */
interface RunSummary {
  id: string;
  state: ShownState;
  businessDate: string;
  /** When its turn began; for a waiting run when it was requested. */
  startedAt: string;
  durationMs: number;
  /** Place among the waiting runs, 1 for the next one; null when the run does not wait. */
  position: number | null;
  /** Layers that lack this business date although a later one is published; empty when the date is no gap. */
  missingIn: string[];
  /** Earliest date that is a gap, from which the history must be rebuilt; null when this date is no gap. */
  rebuildFrom: string | null;
}

/** A layer of a run in a list. */
export interface ListedLayer {
  name: string;
  state: ShownState;
  attempts: number;
  nextAttemptAt: string | null;
  /** Code of its latest error; null when it has none. */
  code: string | null;
}

/** A run in a list, with the layers that have started. */
export interface ListedRun extends RunSummary {
  layers: ListedLayer[];
}

/** A run with its layers. */
export interface RunStatus {
  run: RunSummary;
  /** Run whose tables are live, so that this failed run cannot be replayed; null when it can, or did not fail. */
  supersededBy: string | null;
  layers: LayerStatus[];
}

/** Why a superseded layer ended: it did not fail, so no action is needed. */
function supersededBy(run: string | null): RecordedError {
  return {
    kind: "input",
    code: "RUN_SUPERSEDED",
    message: `${run === null ? "a newer run" : `run ${run}`} superseded this run: nothing was published`,
    retriable: false,
    advice: "No action is needed. To load this date anyway: ./baton run --date DAY --force",
  };
}

/** A run with the database's current time, from which the duration of running work follows. */
interface TimedRunRow extends RunRow {
  now_utc: Date;
}

/** What the other runs decide about a run. */
interface RunPlaces {
  /** Place among the waiting runs, in the order in which they will start, by run ID. */
  positions: ReadonlyMap<string, number>;
  gaps: ReadonlyMap<string, string[]>;
}

async function readPlaces(pool: Pool): Promise<RunPlaces> {
  const [rows] = await pool.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM run WHERE state = 'waiting' ORDER BY business_date, seq DESC",
  );
  const positions = new Map(rows.map(({ run_id }, index) => [run_id, index + 1]));
  return { positions, gaps: await readGaps(pool) };
}

function summaryOf(
  row: TimedRunRow,
  layers: readonly { state: ShownState }[],
  { positions, gaps }: RunPlaces,
): RunSummary {
  const isRetrying = row.state === "running" && layers.some(({ state }) => state === "retrying");
  return {
    id: row.run_id,
    state: isRetrying ? "retrying" : row.state,
    businessDate: row.business_date,
    startedAt: row.started_at.toISOString(),
    durationMs: (row.finished_at ?? row.now_utc).getTime() - row.started_at.getTime(),
    position: positions.get(row.run_id) ?? null,
    missingIn: gaps.get(row.business_date) ?? [],
    rebuildFrom: gaps.has(row.business_date) ? ([...gaps.keys()].sort()[0] ?? null) : null,
  };
}

function layerStatus(name: string, row: LayerRunRow | undefined, steps: readonly StepRow[], now: Date): LayerStatus {
  if (row === undefined) {
    const nothing = {
      durationMs: null,
      rows: null,
      startedAt: null,
      nextAttemptAt: null,
      error: null,
      hasDlqMessage: false,
    };
    return { name, state: "pending", attempts: 0, steps: [], ...nothing };
  }
  return {
    name,
    state: row.state,
    attempts: row.attempt,
    durationMs: (row.finished_at ?? now).getTime() - row.started_at.getTime(),
    rows: fromJson<LayerStats>(row.stats)?.rows ?? null,
    startedAt: row.started_at.toISOString(),
    nextAttemptAt: nextAttemptAt(row),
    steps: steps.filter(({ layer }) => layer === name).map(stepStatus),
    error: row.state === "superseded" ? supersededBy(row.superseded_by) : fromJson<RecordedError>(row.error),
    hasDlqMessage: row.state === "failed" && row.purged_at === null,
  };
}

/** A layer that had not started when its run was superseded or cancelled never starts. */
function withoutPending(layer: LayerStatus, run: RunRow): LayerStatus {
  const isEnded = run.state === "superseded" || run.state === "cancelled";
  return isEnded && layer.state === "pending" ? { ...layer, state: run.state } : layer;
}

function stepStatus(row: StepRow): StepStatus {
  return {
    name: row.name,
    kind: row.kind,
    state: row.state,
    attempt: row.attempt,
    rows: row.row_count,
    bytes: row.byte_count,
    durationMs: row.duration_ms,
    message: row.message,
  };
}

/**
 * Reads a run with its layers and steps.
 *
 * @param runId undefined for the run that started last
 * @param layers names in the order of the layer table; those without a record are pending
 * @returns undefined when there is no such run
 */
export async function readStatus(
  pool: Pool,
  runId: string | undefined,
  layers: readonly string[],
): Promise<RunStatus | undefined> {
  const [[run]] = await pool.query<TimedRunRow[]>(
    `SELECT run.*, UTC_TIMESTAMP(6) AS now_utc FROM run
      WHERE ? IS NULL OR run_id = ? ORDER BY ${NEWEST_FIRST} LIMIT 1`,
    [runId ?? null, runId ?? null],
  );
  if (run === undefined) return undefined;
  const [rows] = await pool.query<LayerRunRow[]>("SELECT * FROM layer_run WHERE run_id = ?", [run.run_id]);
  const [steps] = await pool.query<StepRow[]>("SELECT * FROM step WHERE run_id = ? ORDER BY recorded_at, name", [
    run.run_id,
  ]);
  const others = rows.map(({ layer }) => layer).filter((layer) => !layers.includes(layer));
  const statuses = [...layers, ...others].map((name) =>
    layerStatus(
      name,
      rows.find(({ layer }) => layer === name),
      steps,
      run.now_utc,
    ),
  );
  return {
    run: summaryOf(run, statuses, await readPlaces(pool)),
    supersededBy: run.state === "failed" ? (supersedingRun(run, await readLiveSetRows(pool)) ?? null) : null,
    layers: statuses.map((layer) => withoutPending(layer, run)),
  };
}

/** Which runs to list; all given conditions must hold. */
export interface RunFilter {
  state?: RunState | undefined;
  businessDate?: string | undefined;
}

/** Lists runs, the newest request first. */
export async function listRuns(
  pool: Pool,
  limit: number,
  { state, businessDate }: RunFilter = {},
): Promise<ListedRun[]> {
  const [runs] = await pool.query<TimedRunRow[]>(
    `SELECT run.*, UTC_TIMESTAMP(6) AS now_utc FROM run
      WHERE (? IS NULL OR state = ?) AND (? IS NULL OR business_date = ?) ORDER BY seq DESC LIMIT ?`,
    [state ?? null, state ?? null, businessDate ?? null, businessDate ?? null, limit],
  );
  if (runs.length === 0) return [];
  const [layers] = await pool.query<LayerRunRow[]>("SELECT * FROM layer_run WHERE run_id IN (?) ORDER BY started_at", [
    runs.map(({ run_id }) => run_id),
  ]);
  const places = await readPlaces(pool);
  const ofRun = Map.groupBy(layers, ({ run_id }) => run_id);
  return runs.map((run) => {
    const listed = (ofRun.get(run.run_id) ?? []).map(listedLayer);
    return { ...summaryOf(run, listed, places), layers: listed };
  });
}

function listedLayer(row: LayerRunRow): ListedLayer {
  return {
    name: row.layer,
    state: row.state,
    attempts: row.attempt,
    nextAttemptAt: nextAttemptAt(row),
    code: row.state === "completed" ? null : (fromJson<RecordedError>(row.error)?.code ?? null),
  };
}

/** The next free number of a forced repetition of a run: 1 for `-r1`. */
export async function nextRepeat(pool: Pool, baseRunId: string): Promise<number> {
  const [rows] = await pool.query<(RowDataPacket & { run_id: string })[]>(
    "SELECT run_id FROM run WHERE run_id LIKE CONCAT(?, '-r%')",
    [baseRunId],
  );
  const numbers = rows.map(({ run_id }) => Number(run_id.slice(baseRunId.length + 2)));
  return Math.max(0, ...numbers.filter(Number.isInteger)) + 1;
}
