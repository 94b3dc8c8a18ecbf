import type { RightsStage } from "./rights-stage.ts";

/** Takes down what a function says while it works. */
export type Say = (text: string) => void;

/** Something that a function is there for, driven as cheaply as can be. */
export interface Work {
  /** What the function does, after its name: `silver keeps its message hidden`. */
  does: string;
  /** @throws Error saying what was not done */
  run(stage: RightsStage, say: Say): Promise<void>;
}

/** @throws Error with the text when it is not so */
export function require(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}
