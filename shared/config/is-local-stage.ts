/** True for environments on the emulator: `local`, and `local-*` for tests and trials. */
export function isLocalStage(stage: string): boolean {
  return /^local(-|$)/.test(stage);
}
