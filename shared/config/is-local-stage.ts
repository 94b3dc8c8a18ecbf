/** True for stages on the emulator: `local`, and those of tests and trials, `local-*`. */
export function isLocalStage(stage: string): boolean {
  return /^local(-|$)/.test(stage);
}
