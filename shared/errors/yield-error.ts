/** An earlier business date was requested: this run waits until that one ends, and nothing failed. */
export class YieldError extends Error {
  constructor(runId: string) {
    super(`run ${runId} yields to an earlier business date`);
    this.name = "YieldError";
  }
}
