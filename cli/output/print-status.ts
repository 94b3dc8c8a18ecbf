import Table from "cli-table3";
import pc from "picocolors";
import type { LayerStatus, RunStatus, RunSummary, ShownState } from "../../shared/ledger/read-status.ts";
import { formatCount, formatDuration } from "../../shared/text/format.ts";

const COLOURS: Record<ShownState, (text: string) => string> = {
  pending: pc.dim,
  running: pc.cyan,
  retrying: pc.yellow,
  completed: pc.green,
  failed: pc.red,
  superseded: pc.dim,
};

/** No frame at all: readable in a log as well. */
const CHARS = Object.fromEntries(
  ["top", "bottom", "left", "mid", "right"]
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((part) => [part, ""]),
);

/** A table with the columns of the head; numbers to the right. */
export function table(head: string[], rows: string[][], alignRight: number[] = []): string {
  const colAligns = head.map((_, index) => (alignRight.includes(index) ? "right" : "left")) as ("left" | "right")[]; // map widens literals
  const output = new Table({
    head: head.map((text) => pc.bold(text)),
    colAligns,
    chars: { ...CHARS, middle: " " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
  });
  output.push(...rows);
  return output
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

function stepsDone({ steps }: LayerStatus): string {
  if (steps.length === 0) return "";
  const done = steps.filter(({ state }) => state !== "running").length;
  return `${done}/${steps.length}`;
}

/** A run for people: one line a layer, then what went wrong and what to do. */
export function renderStatus({ run, layers }: RunStatus): string {
  const rows = layers.map((layer) => [
    layer.name,
    COLOURS[layer.state](layer.state),
    String(layer.attempts),
    formatDuration(layer.durationMs),
    formatCount(layer.rows),
    stepsDone(layer),
  ]);
  const underway = layers.flatMap(({ name, steps }) =>
    steps
      .filter(({ kind, state, message }) => kind === "stage" && state === "running" && message !== null)
      .map(({ message }) => `${pc.cyan(name)}: ${message ?? ""}`),
  );
  const errors = layers.flatMap(({ name, state, error }) =>
    error === null
      ? []
      : [
          `${COLOURS[state](`${name}: ${error.code}`)} ${error.message}`,
          ...(error.advice === undefined ? [] : [`  ${pc.bold("next")}: ${error.advice}`]),
        ],
  );
  return [
    `run ${pc.bold(run.id)}  ${COLOURS[run.state](run.state)}  business date ${run.businessDate}  ${formatDuration(run.durationMs)}`,
    "",
    table(["layer", "state", "attempts", "time", "rows", "steps"], rows, [2, 3, 4, 5]),
    ...(underway.length > 0 ? ["", ...underway] : []),
    ...(errors.length > 0 ? ["", ...errors] : []),
  ].join("\n");
}

/** The list of runs for people. */
export function renderRuns(runs: readonly RunSummary[]): string {
  const rows = runs.map((run) => [
    run.id,
    COLOURS[run.state](run.state),
    run.businessDate,
    run.startedAt.slice(0, 19).replace("T", " "),
    formatDuration(run.durationMs),
  ]);
  return table(["run", "state", "business date", "started (UTC)", "time"], rows, [4]);
}
