import { setTimeout as wait } from "node:timers/promises";
import type { Pool, RowDataPacket } from "mysql2/promise";
import { PermanentError } from "../../shared/errors/errors.ts";
import { hasEnded, type RunState } from "../../shared/ledger/schema/states.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { formatDuration, formatMany } from "../../shared/text/format.ts";
import { Interrupted } from "../interrupted.ts";
import { Progress } from "../output/progress.ts";
import { say } from "../output/say.ts";
import { StopSignals } from "../stop-signals.ts";
import { readPatiently, untilAborted } from "./read-patiently.ts";

/** A run of a backfill in the ledger. */
interface BackfillRun extends RowDataPacket {
  run_id: string;
  business_date: string;
  state: RunState;
  turn_started_at: Date | null;
  finished_at: Date | null;
}

const POLL_MS = 2_000;
/** A request that is not in the ledger after this time is lost. */
const START_MS = 120_000;

/** Reads runs by ID; those that do not exist are absent. */
export async function readBackfillRuns(pool: Pool, runIds: readonly string[]): Promise<Map<string, BackfillRun>> {
  const [rows] = await pool.query<BackfillRun[]>(
    "SELECT run_id, business_date, state, turn_started_at, finished_at FROM run WHERE run_id IN (?)",
    [runIds],
  );
  return new Map(rows.map((row) => [row.run_id, row]));
}

/** A backfill to follow. */
interface FollowOptions {
  pool: Pool;
  stage: string;
  runIds: readonly string[];
  /** The runs before the requests: a failed run that is requested again has not started while it is as it was. */
  before: ReadonlyMap<string, BackfillRun>;
}

/**
 * Shows progress and an estimate until all runs have ended: in one line of a terminal, otherwise a line for each run that
 * ends. Waits for a database that does not answer.
 *
 * @returns the state of each run, by ID
 * @throws PermanentError RUN_NOT_STARTED when a request does not reach the ledger
 * @throws Interrupted on Ctrl-C, with the command that shows the runs
 */
export async function followBackfill({ pool, stage, runIds, before }: FollowOptions): Promise<Map<string, RunState>> {
  using stop = new StopSignals(
    (signal) => new Interrupted(signal, `the backfill continues. To follow it: ${commandFor(stage, "runs")}`),
  );
  const progress = new Progress();
  const startBy = Date.now() + START_MS;
  let reported = 0;
  try {
    for (;;) {
      const read = readPatiently(() => readBackfillRuns(pool, runIds), stop.signal);
      const runs = [...(await untilAborted(read, stop.signal)).values()].filter(
        (run) => JSON.stringify(run) !== JSON.stringify(before.get(run.run_id)),
      );
      const ended = runs.filter(({ state }) => hasEnded(state));
      const text = progressText(runs, ended, runIds.length);
      progress.show(text);
      if (!process.stderr.isTTY && ended.length > reported) say(text);
      reported = ended.length;
      if (ended.length === runIds.length) return new Map(ended.map(({ run_id, state }) => [run_id, state]));
      if (runs.length < runIds.length && Date.now() > startBy) {
        throw new PermanentError(
          "RUN_NOT_STARTED",
          `${formatMany(runIds.length - runs.length, "request")} did not reach the ledger within ${START_MS / 1_000} s`,
          { kind: "aws", advice: `Look for DLQ messages: ${commandFor(stage, "dlq list")}` },
        );
      }
      await wait(POLL_MS, undefined, { signal: stop.signal }).catch(() => stop.signal.throwIfAborted());
    }
  } finally {
    progress.end();
  }
}

function progressText(runs: readonly BackfillRun[], ended: readonly BackfillRun[], total: number): string {
  const durations = ended.flatMap(({ turn_started_at: start, finished_at: end }) =>
    start === null || end === null ? [] : [end.getTime() - start.getTime()],
  );
  const averageMs = durations.reduce((sum, ms) => sum + ms, 0) / Math.max(1, durations.length);
  const active = runs.find(({ state }) => state === "running")?.business_date;
  return [
    `${ended.length} of ${formatMany(total, "date")} done`,
    ...(active === undefined ? [] : [`${active} is running`]),
    ...(durations.length === 0 ? [] : [`about ${formatDuration(averageMs * (total - ended.length))} left`]),
  ].join(", ");
}
