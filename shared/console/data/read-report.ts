import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { PermanentError } from "../../errors/errors.ts";
import { commandFor } from "../../text/command-for.ts";
import { judgeToday } from "./judge-today.ts";
import { costOfRun, type LayerSize } from "./cost-of-run.ts";
import { readFailures, readGivenUp } from "./read-failures.ts";
import { readBackfills, readHistory, readWaiting } from "./read-history.ts";
import { readBackups, readLive } from "./read-live.ts";
import { readModelTimes } from "./read-model-times.ts";
import { isNewWarning, readTests } from "./read-tests.ts";
import { readRun } from "./read-run.ts";
import { readTables } from "./read-tables.ts";
import type { HistoricRun, Report, ReportedRun, RunCost } from "./report.ts";
import { TREND_RUNS } from "./targets.ts";

/** Options of a report. */
export interface ReportOptions {
  stage: string;
  /** In the order of the layer table. */
  layers: readonly LayerSize[];
  /** The run to describe; undefined for the newest. The top of the page always describes today. */
  runId: string | undefined;
  now: Date;
  /** Time by which the day's run must be complete, `HH:MM`; empty in environments without scheduled runs. */
  deadline: string;
}

/**
 * Reads everything that the console page shows, from one snapshot of the ledger.
 *
 * @throws PermanentError RUN_UNKNOWN when the requested run is not among the runs on the page
 */
export async function readReport(pool: Pool, options: ReportOptions): Promise<Report> {
  const connection = await pool.getConnection();
  try {
    await connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    return await readAll(connection, options);
  } finally {
    await connection.query("ROLLBACK").catch(() => undefined);
    connection.release();
  }
}

async function readAll(connection: Connection, options: ReportOptions): Promise<Report> {
  const { stage, now, runId, deadline } = options;
  const layers = options.layers.map(({ name }) => name);
  const history = await readHistory(connection, layers, now);
  const upTo = history.slice(indexOf(history, runId, stage));
  const newest = await readRun(connection, history[0]?.id, layers, now);
  const run = upTo[0]?.id === newest?.id ? newest : await readRun(connection, upTo[0]?.id, layers, now);
  const trendRuns = upTo
    .slice(0, TREND_RUNS)
    .map(({ id }) => id)
    .reverse();
  const previousRunId = upTo.slice(1).find(({ state }) => state === "completed")?.id ?? null;
  const live = await readLive(connection, layers);
  const last = live.find(({ layer }) => layer === layers.at(-1));
  const tests = await readTests(connection, trendRuns);
  const newestRuns = history
    .slice(0, TREND_RUNS)
    .map(({ id }) => id)
    .reverse();
  const testsToday = run === newest ? tests : await readTests(connection, newestRuns);
  const givenUp = await readGivenUp(connection, now);
  return {
    stage,
    generatedAt: now.toISOString(),
    today: judgeToday({
      stage,
      now,
      deadline,
      newest,
      live: last,
      liveFreshnessHours: history.find(({ id }) => id === last?.runId)?.freshnessHours ?? null,
      warnedTests: testsToday.counts.find(({ runId: id }) => id === newest?.id)?.warned ?? 0,
      // the first run has no previous run to compare with
      newlyWarnedTests: newestRuns.length > 1 ? testsToday.notPassed.filter(isNewWarning).length : 0,
      givenUp,
      history,
    }),
    run,
    previousRunId,
    history,
    waiting: await readWaiting(connection),
    backfills: await readBackfills(connection),
    trendRuns,
    tables: await readTables(connection, trendRuns, previousRunId, completedLayers(run)),
    modelTimes: await readModelTimes(connection, run, trendRuns),
    live,
    quality: tests.counts,
    tests: tests.notPassed,
    failures: await readFailures(connection, now),
    givenUp,
    backups: await readBackups(connection),
    cost: run === null ? null : await readCost(connection, run, options),
  };
}

function completedLayers(run: ReportedRun | null): Set<string> {
  const completed = run?.layers.filter(({ state }) => state === "completed") ?? [];
  return new Set(completed.map(({ name }) => name));
}

function indexOf(history: readonly HistoricRun[], runId: string | undefined, stage: string): number {
  if (runId === undefined) return 0;
  const index = history.findIndex(({ id }) => id === runId);
  if (index >= 0) return index;
  throw new PermanentError("RUN_UNKNOWN", `there is no run ${runId} among the newest ${history.length}`, {
    kind: "input",
    advice: `list them: ${commandFor(stage, "runs")}`,
  });
}

async function readCost(connection: Connection, run: ReportedRun, { layers, now }: ReportOptions): Promise<RunCost> {
  const [[row]] = await connection.query<(RowDataPacket & { events: number })[]>(
    "SELECT COUNT(*) AS events FROM outbox WHERE run_id = ?",
    [run.id],
  );
  return costOfRun({ layers, attempts: run.attempts, events: row?.events ?? 0, now });
}
