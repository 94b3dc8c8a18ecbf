import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "mysql2/promise";
import { PermanentError } from "../../shared/errors/errors.ts";
import { readStatus, type RunStatus } from "../../shared/ledger/reads/read-status.ts";
import { hasEnded } from "../../shared/ledger/schema/states.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { formatDuration } from "../../shared/text/format.ts";
import { Interrupted } from "../interrupted.ts";
import { renderStatus } from "../output/print-status.ts";
import { say } from "../output/say.ts";
import { terminalRows } from "../output/terminal-rows.ts";
import type { StageAccess } from "../stage/stage-access.ts";
import { StopSignals } from "../stop-signals.ts";
import { readPatiently, untilAborted } from "./read-patiently.ts";

const POLL_MS = 1_000;
/** A request that no layer claims within this time is lost: the rule, the queue or the function is missing. */
const START_SECONDS = 120;

/** A run to follow. */
export interface FollowOptions extends Pick<StageAccess, "layers" | "stage"> {
  pool: Pool;
  runId: string;
  /** For a run that was just requested: its status before the request, undefined for a new run. */
  requested?: { before: RunStatus | undefined };
}

/**
 * Shows a run on stderr until it ends: redrawn in place on a terminal, otherwise a line for each change of a layer.
 * Waits for a database that does not answer.
 *
 * @returns its last status
 * @throws PermanentError RUN_NOT_STARTED when no layer claims the request; RUN_UNKNOWN
 * @throws Interrupted on Ctrl-C, with the command that follows the run again
 */
export async function followRun(options: FollowOptions): Promise<RunStatus> {
  const { runId, stage, requested } = options;
  using stop = new StopSignals(
    (signal) =>
      new Interrupted(signal, `run ${runId} continues. To follow it: ${commandFor(stage, `status ${runId} --watch`)}`),
  );
  const show = process.stderr.isTTY ? redraw(stage) : printChanges();
  const startBy = Date.now() + START_SECONDS * 1_000;
  for (;;) {
    const read = readPatiently(() => readStatus(options.pool, runId, options.layers), stop.signal);
    const status = await untilAborted(read, stop.signal);
    if (requested === undefined && status === undefined) {
      throw new PermanentError("RUN_UNKNOWN", `there is no run ${runId}`, { advice: commandFor(stage, "runs") });
    }
    const hasStarted =
      requested === undefined || JSON.stringify(status?.layers) !== JSON.stringify(requested.before?.layers);
    if (status !== undefined && hasStarted) {
      show(status);
      if (isOver(status)) return status;
    } else if (Date.now() > startBy) {
      throw new PermanentError("RUN_NOT_STARTED", `no layer claimed run ${runId} within ${START_SECONDS} s`, {
        kind: "aws",
        advice: `Look for DLQ messages: ${commandFor(stage, "dlq list")}. Then check rules and queues: ${commandFor(stage, "doctor")}`,
      });
    }
    await untilAborted(wait(POLL_MS), stop.signal);
  }
}

function isOver({ run }: RunStatus): boolean {
  return hasEnded(run.state);
}

/** Erases the rows of a text at the terminal's current width. */
function erase(drawn: string): string {
  return drawn === "" ? "" : `\u001b[${terminalRows(drawn, process.stderr.columns)}A\u001b[0J`;
}

function redraw(stage: string): (status: RunStatus) => void {
  let drawn = "";
  return (status) => {
    const text = renderStatus(status, stage);
    process.stderr.write(`${erase(drawn)}${text}\n`);
    drawn = text;
    // the result follows on stdout
    if (isOver(status)) process.stderr.write(erase(drawn));
  };
}

function printChanges(): (status: RunStatus) => void {
  const printed = new Map<string, string>();
  return ({ run, layers }) => {
    if (run.position !== null && printed.get("position") !== String(run.position)) {
      printed.set("position", String(run.position));
      say(`${run.id}  waits until the active run ends, number ${run.position} in the queue`);
    }
    for (const { name, state, attempts, durationMs, error } of layers) {
      const change = `${state} ${attempts}`;
      if (state === "pending" || printed.get(name) === change) continue;
      printed.set(name, change);
      const why = error === null ? "" : `  ${error.code}: ${error.message}`;
      say(`${run.id}  ${name} ${state}, attempt ${attempts}, ${formatDuration(durationMs)}${why}`);
    }
  };
}
