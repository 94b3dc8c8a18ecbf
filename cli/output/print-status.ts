import { colours } from "./colours.ts";
import type { LayerStatus, ListedLayer, ListedRun, RunStatus } from "../../shared/ledger/reads/read-status.ts";
import type { ShownState } from "../../shared/ledger/schema/states.ts";
import { assertNever } from "../../shared/errors/assert-never.ts";
import { commandFor, withCommandsFor } from "../../shared/text/command-for.ts";
import { formatCount, formatDuration } from "../../shared/text/format.ts";
import { gapText, noReplayText, noMessageText } from "../../shared/text/gap-text.ts";
import { visibleText } from "../../shared/text/visible-text.ts";
import { zoneLabel } from "../../shared/time/time-zone.ts";
import { timeText } from "../../shared/time/time-text.ts";
import { table } from "./table.ts";

const COLOURS: Record<ShownState, (text: string) => string> = {
  pending: colours.dim,
  waiting: colours.cyan,
  cancelled: colours.dim,
  running: colours.cyan,
  retrying: colours.yellow,
  completed: colours.green,
  failed: colours.red,
  superseded: colours.dim,
};

function stepsDone({ steps }: LayerStatus): string {
  if (steps.length === 0) return "";
  const done = steps.filter(({ state }) => state !== "running").length;
  return `${done}/${steps.length}`;
}

/** A run as text: one line for each layer, then errors and next steps. Commands have `--stage`. */
export function renderStatus({ run, layers, supersededBy }: RunStatus, stage = "local"): string {
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
      .map(({ message }) => `${colours.cyan(name)}: ${visibleText(message ?? "")}`),
  );
  const waiting = layers.flatMap(({ name, state, attempts, nextAttemptAt }) =>
    state === "retrying" && nextAttemptAt !== null
      ? [
          `${colours.yellow(name)}: attempt ${attempts + 1} is due at ${timeText(nextAttemptAt).slice(11)} ${zoneLabel()}`,
        ]
      : [],
  );
  const errors = layers.flatMap(({ name, state, error, hasDlqMessage }) =>
    error === null
      ? []
      : [
          `${COLOURS[state](`${name}: ${error.code}`)} ${visibleText(error.message)}`,
          ...(error.advice === undefined
            ? []
            : [`  ${colours.bold("next")}: ${withCommandsFor(stage, visibleText(error.advice))}`]),
          // the advice depends on the kind of error; the command that replays the message, on the failed layer
          ...(hasDlqMessage && supersededBy === null && error.advice?.includes("dlq replay") !== true
            ? [`  ${colours.bold("then")}: ${commandFor(stage, `dlq replay ${name} --run ${run.id}`)}`]
            : []),
        ],
  );
  const isPurged = layers.some(({ state, hasDlqMessage }) => state === "failed" && !hasDlqMessage);
  const notes = [
    supersededBy === null ? [] : noReplayText(stage, run.id, supersededBy),
    isPurged && supersededBy === null ? noMessageText(stage, run.id) : [],
    gapText(stage, [run]) ?? [],
  ];
  return [
    `run ${colours.bold(run.id)}  ${COLOURS[run.state](run.state)}  started ${timeText(run.startedAt)} ${zoneLabel()}  ${formatDuration(run.durationMs)}`,
    "",
    table(["layer", "state", "attempts", "time", "rows", "steps"], rows, { alignRight: [2, 3, 4, 5] }),
    ...(run.position === null
      ? []
      : [
          "",
          `It waits until the active run ends: ${positionText(run.position)}. ${commandFor(stage, "runs --state running")}`,
        ]),
    ...(underway.length + waiting.length > 0 ? ["", ...underway, ...waiting] : []),
    ...(errors.length > 0 ? ["", ...errors] : []),
    ...notes.flat().flatMap((note) => ["", note]),
  ].join("\n");
}

/** The list of runs as text, with the status or the duration of each, and the gaps. Commands have `--stage`. */
export function renderRuns(runs: readonly ListedRun[], stage: string): string {
  const rows = runs.map((run) => [
    run.id,
    COLOURS[run.state](run.state),
    timeText(run.startedAt, "minute"),
    formatDuration(run.durationMs),
    run.position === null
      ? [...(run.missingIn.length > 0 ? ["gap"] : []), ...run.layers.flatMap(noteOf)].join(", ")
      : positionText(run.position),
  ]);
  const listed = table(["run", "state", `started (${zoneLabel()})`, "time", ""], rows, { alignRight: [3] });
  return [listed, gapText(stage, runs) ?? []].flat().join("\n");
}

/** The position of a waiting run. */
function positionText(position: number): string {
  return position === 1 ? "next" : `number ${position} in the queue`;
}

function noteOf({ name, state, attempts, nextAttemptAt, code }: ListedLayer): string[] {
  switch (state) {
    case "failed":
      return [`${name}: ${code ?? "no error recorded"}`];
    case "retrying":
      return [
        `${name}: attempt ${attempts + 1}${nextAttemptAt === null ? "" : ` at ${timeText(nextAttemptAt, "minute").slice(11)}`}`,
      ];
    case "running":
      return [attempts > 1 ? `${name}: attempt ${attempts}` : name];
    case "completed":
      return attempts > 1 ? [`${name}: ${attempts} attempts`] : [];
    case "pending":
    case "waiting":
    case "superseded":
    case "cancelled":
      return [];
    default:
      return assertNever(state);
  }
}
