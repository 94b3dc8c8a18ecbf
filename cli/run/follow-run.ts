import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "mysql2/promise";
import { readStatus, type RunStatus } from "../../shared/ledger/reads/read-status.ts";
import { formatDuration } from "../../shared/text/format.ts";
import { visibleText } from "../../shared/text/visible-text.ts";
import { renderStatus } from "../output/print-status.ts";
import { terminalRows } from "../output/terminal-rows.ts";
import type { StageAccess } from "../stage/stage-access.ts";

const POLL_MS = 1_000;

/**
 * Shows a run on stderr until it ends: drawn anew in place at a terminal, elsewhere a line for each change of a layer.
 *
 * @param first the run as it stands
 * @returns its last status
 */
export async function followRun(
  pool: Pool,
  first: RunStatus,
  { layers, stage }: Pick<StageAccess, "layers" | "stage">,
): Promise<RunStatus> {
  const show = process.stderr.isTTY ? redrawer(stage) : changeTeller();
  for (let status = first; ;) {
    show(status);
    if (isOver(status)) return status;
    await wait(POLL_MS);
    status = (await readStatus(pool, first.run.id, layers)) ?? status;
  }
}

function isOver({ run }: RunStatus): boolean {
  return run.state === "completed" || run.state === "failed" || run.state === "superseded";
}

/** Takes away what was drawn last: as many rows as it takes in the window as it is wide. */
function erase(drawn: string): string {
  return drawn === "" ? "" : `\u001b[${terminalRows(drawn, process.stderr.columns)}A\u001b[0J`;
}

function redrawer(stage: string): (status: RunStatus) => void {
  let drawn = "";
  return (status) => {
    const text = renderStatus(status, stage);
    process.stderr.write(`${erase(drawn)}${text}\n`);
    drawn = text;
    // the result follows on stdout
    if (isOver(status)) process.stderr.write(erase(drawn));
  };
}

function changeTeller(): (status: RunStatus) => void {
  const told = new Map<string, string>();
  return ({ run, layers }) => {
    for (const { name, state, attempts, durationMs, error } of layers) {
      const change = `${state} ${attempts}`;
      if (state === "pending" || told.get(name) === change) continue;
      told.set(name, change);
      const why = error === null ? "" : `  ${error.code}: ${visibleText(error.message)}`;
      process.stderr.write(`${run.id}  ${name} ${state}, attempt ${attempts}, ${formatDuration(durationMs)}${why}\n`);
    }
  };
}
