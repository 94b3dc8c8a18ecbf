/** Wrong use of the command (exit code 2), as opposed to a failure (exit code 1). */
export class UsageError extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.name = "UsageError";
    this.advice = advice;
  }
}
