import type { RunId } from "../../../events/ids.ts";
import type { Random } from "../../../local/sample/random.ts";
import type { FaultStack } from "../../support/faults/fault-stack.ts";

/** The context of a fault: the run that it disturbs. */
export interface Disturbed {
  stack: FaultStack;
  runId: RunId;
  /** The layer to disturb. */
  layer: string;
  /** The layer's usual duration, from the end of its upstream layer to its own end, ms. */
  usualMs: number;
  random: Random;
  /** Logs what the fault did, so that a failure can be reproduced. */
  say: (text: string) => void;
  /** Records when the function was killed. */
  killed: (at: Date) => void;
}

/** Something that goes wrong while a layer of a run works. */
export interface Fault {
  name: string;
  layer: string;
  /** Why the fault cannot be tested on this machine; undefined if it can. */
  skippedBecause?(stack: FaultStack): string | undefined;
  /** Runs before the run is requested. @returns a function that undoes it after the run */
  prepare?(stack: FaultStack): Promise<() => Promise<void>>;
  /** Runs during the run. */
  strike?(disturbed: Disturbed): Promise<void>;
  /** Patterns or codes, at least one of which the ledger must record; absent if the fault need not cause a failure. */
  leaves?: readonly string[];
}

/** The layer that a layer waits for. */
export const UPSTREAM: Readonly<Record<string, string | undefined>> = { silver: "staging", gold: "silver" };

/** Waits until the layer can start: its upstream layer is completed, or the run has been requested. */
export async function untilTurn({ stack, runId, layer }: Disturbed): Promise<void> {
  const upstream = UPSTREAM[layer];
  if (upstream !== undefined) await stack.untilLayer(runId, upstream, ["completed"]);
}
