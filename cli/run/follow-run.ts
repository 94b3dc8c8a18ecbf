import { setTimeout as wait } from "node:timers/promises";
import type { Pool } from "mysql2/promise";
import { readStatus, type RunStatus } from "../../shared/ledger/read-status.ts";
import { formatDuration } from "../../shared/text/format.ts";
import { renderStatus } from "../output/print-status.ts";

const POLL_MS = 1_000;

/**
 * Shows a run on stderr until it ends: drawn anew in place at a terminal, elsewhere a line for each change of a layer.
 *
 * @param first the run as it stands
 * @returns its last status
 */
export async function followRun(pool: Pool, first: RunStatus, layers: readonly string[]): Promise<RunStatus> {
  const show = process.stderr.isTTY ? redrawer() : changeTeller();
  for (let status = first; ;) {
    show(status);
    if (status.run.state === "completed" || status.run.state === "failed") return status;
    await wait(POLL_MS);
    status = (await readStatus(pool, first.run.id, layers)) ?? status;
  }
}

function redrawer(): (status: RunStatus) => void {
  let lines = 0;
  return (status) => {
    const { run } = status;
    const text = renderStatus(status);
    const up = lines === 0 ? "" : `\u001b[${lines}A\u001b[0J`;
    process.stderr.write(`${up}${text}\n`);
    lines = text.split("\n").length;
    // the result follows on stdout
    if (run.state === "completed" || run.state === "failed") process.stderr.write(`\u001b[${lines}A\u001b[0J`);
  };
}

function changeTeller(): (status: RunStatus) => void {
  const told = new Map<string, string>();
  return ({ run, layers }) => {
    for (const { name, state, attempts, durationMs, error } of layers) {
      const change = `${state} ${attempts}`;
      if (state === "pending" || told.get(name) === change) continue;
      told.set(name, change);
      const why = error === null ? "" : `  ${error.code}: ${error.message}`;
      process.stderr.write(`${run.id}  ${name} ${state}, attempt ${attempts}, ${formatDuration(durationMs)}${why}\n`);
    }
  };
}
