import { z } from "zod";

/** States in which nothing happens to a run or layer until an operator or a new message acts on it. */
const END_STATES = ["completed", "failed", "superseded", "cancelled"] as const;
export type EndState = (typeof END_STATES)[number];

/** States of a run in the ledger. */
export const runStateSchema = z.enum(["waiting", "running", ...END_STATES]);
export type RunState = z.infer<typeof runStateSchema>;

/** States of a layer of a run in the ledger. */
export type LayerState = "running" | "retrying" | EndState;

/** State of a run or layer in commands and on the page. */
export type ShownState = "pending" | LayerState | RunState;

export function hasEnded(state: ShownState): state is EndState {
  return END_STATES.some((end) => end === state);
}

type Moves<State extends string> = Record<State, Partial<Record<State, string>>>;

/**
 * Every change of a run's state, with its reason. A run begins as waiting. The states without an end of their own are
 * waiting and running, and the sweep takes a run out of both without any message.
 */
export const runMoves: Moves<RunState> = {
  waiting: {
    running: "no other business date is active: its turn starts",
    superseded: "a newer dump of its date is published, or a newer date (unless --force)",
    cancelled: "an operator cancels it, or an earlier date of its backfill failed",
  },
  running: {
    completed: "its last layer is complete",
    failed: "a layer failed, its message was lost, or it held its turn for too long",
    superseded: "a newer dump of its date is published",
    cancelled: "an operator cancels it",
    waiting: "an earlier business date was requested before its last layer was published",
  },
  completed: {},
  failed: { waiting: "its message is replayed, or it is requested again" },
  superseded: { waiting: "its message is replayed, or it is requested again" },
  cancelled: { waiting: "its message is replayed, or it is requested again" },
};

/** Every change of the state of a layer, with its reason. A layer begins as running, with its first attempt. */
export const layerMoves: Moves<LayerState> = {
  running: {
    completed: "its tables are published",
    retrying: "the attempt failed with a transient error, or its run waits for an earlier date",
    failed: "permanent error, or no attempt is left",
    superseded: "its run is superseded",
    cancelled: "its run is cancelled",
  },
  retrying: {
    running: "the next attempt",
    failed: "its run has failed",
    superseded: "its run is superseded",
    cancelled: "its run is cancelled",
  },
  completed: { retrying: "its run starts again, and another run's tables are live" },
  failed: { retrying: "its run is replayed or requested again" },
  superseded: { retrying: "its run is replayed or requested again" },
  cancelled: { retrying: "its run is replayed or requested again" },
};

/** The states from which a run may change to `to`. */
export function runStatesBefore(to: RunState): RunState[] {
  return runStateSchema.options.filter((from) => runMoves[from][to] !== undefined);
}

/** Both tables in Markdown, for docs/architecture.md. */
export function renderStates(): string {
  const rows = (name: string, moves: Moves<string>): string[] => [
    `| ${name} | changes to | when |`,
    "| --- | --- | --- |",
    ...Object.entries(moves).flatMap(([from, targets]) =>
      Object.keys(targets).length === 0
        ? [`| ${from} | - | final |`]
        : Object.entries(targets).map(([to, reason]) => `| ${from} | ${to} | ${reason ?? ""} |`),
    ),
  ];
  return [...rows("run", runMoves), "", ...rows("layer", layerMoves)].join("\n");
}
