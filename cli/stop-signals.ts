const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Work that has not ended by then after a stop never will. */
const STOP_MS = 15_000;

/**
 * Turns SIGINT and SIGTERM into an abort, so that a command ends in order, with exit code 1 and a message that says what
 * is kept. A second signal, or 15 seconds, end the process at once.
 */
export class StopSignals {
  private readonly controller = new AbortController();
  private readonly reason: (signal: string) => Error;
  private timer: NodeJS.Timeout | undefined;

  /** @param reason the error that the stopped work ends with */
  constructor(reason: (signal: string) => Error) {
    this.reason = reason;
    for (const name of SIGNALS) process.on(name, this.onSignal);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Leaves the signals to whoever comes next. */
  release(): void {
    for (const name of SIGNALS) process.removeListener(name, this.onSignal);
    clearTimeout(this.timer);
  }

  private readonly onSignal = (name: string): void => {
    const reason = this.reason(name);
    if (this.controller.signal.aborted) this.exit(reason);
    this.controller.abort(reason);
    process.stderr.write(`stopping, because of ${name}; once more to stop at once\n`);
    this.timer = setTimeout(() => this.exit(reason), STOP_MS);
    this.timer.unref();
  };

  private exit(reason: Error): never {
    process.stderr.write(`error: ${reason.message}\n`);
    process.exit(1);
  }
}
