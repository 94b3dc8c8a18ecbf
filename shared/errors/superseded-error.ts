/** A newer run replaced this run: there is nothing to do, and nothing failed. */
export class SupersededError extends Error {
  readonly by: string;

  constructor(runId: string, layer: string, by: string) {
    super(`${layer} of run ${runId} is superseded by run ${by}`);
    this.name = "SupersededError";
    this.by = by;
  }
}
