import type { RunId } from "../../../events/ids.ts";
import type { Random } from "../../../local/sample/random.ts";
import type { FaultStack } from "../../support/faults/fault-stack.ts";

/** What a fault knows of the run that it disturbs. */
export interface Disturbed {
  stack: FaultStack;
  runId: RunId;
  /** The layer that is disturbed. */
  layer: string;
  /** How long the layer takes undisturbed, from its upstream's end to its own, ms. */
  usualMs: number;
  random: Random;
  /** Tells what was done, so that a failure can be repeated. */
  say: (text: string) => void;
  /** Notes when the function was killed. */
  killed: (at: Date) => void;
}

/** Something that goes wrong while a layer of a run works. */
export interface Fault {
  name: string;
  layer: string;
  /** Why it cannot be tried on this machine; undefined when it can. */
  skippedBecause?(stack: FaultStack): string | undefined;
  /** Before the run is asked for. @returns what undoes it after the run */
  prepare?(stack: FaultStack): Promise<() => Promise<void>>;
  /** While the run is under way. */
  strike?(disturbed: Disturbed): Promise<void>;
  /** Patterns or codes of which the ledger must name at least one; absent where nothing need fail. */
  leaves?: readonly string[];
}

/** The layer that a layer waits for. */
export const UPSTREAM: Readonly<Record<string, string | undefined>> = { silver: "staging", gold: "silver" };

/** Waits until the layer's turn has come: its upstream is done, or the run was asked for. */
export async function untilTurn({ stack, runId, layer }: Disturbed): Promise<void> {
  const upstream = UPSTREAM[layer];
  if (upstream !== undefined) await stack.untilLayer(runId, upstream, ["completed"]);
}
