/** A newer run has taken this run's place: there is nothing left to do, and nothing went wrong. */
export class SupersededError extends Error {
  readonly by: string;

  constructor(runId: string, layer: string, by: string) {
    super(`${layer} of run ${runId} is superseded by run ${by}`);
    this.name = "SupersededError";
    this.by = by;
  }
}
