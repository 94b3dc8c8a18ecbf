import type { RightsStage } from "./rights-stage.ts";

/** Records what a function logs while it works. */
export type Say = (text: string) => void;

/** One task of a function, triggered as cheaply as possible. */
export interface Work {
  /** The task, after the function's name: `silver keeps its message hidden`. */
  does: string;
  /** @throws Error naming what did not happen */
  run(stage: RightsStage, say: Say): Promise<void>;
}

/** @throws Error with the text if the condition is false */
export function require(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}
