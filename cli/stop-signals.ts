import { Interrupted } from "./interrupted.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** The process exits this long after the signal, even if work is unfinished. */
const STOP_MS = 15_000;

/**
 * Turns SIGINT and SIGTERM into an abort, so that a command can clean up and report what is saved. After a second
 * signal, or after 15 seconds, the process exits at once.
 */
export class StopSignals {
  private readonly controller = new AbortController();
  private readonly reason: (signal: NodeJS.Signals) => Error;
  private timer: NodeJS.Timeout | undefined;

  /** @param reason creates the error of the stopped work */
  constructor(reason: (signal: NodeJS.Signals) => Error) {
    this.reason = reason;
    for (const name of SIGNALS) process.on(name, this.onSignal);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Stops handling the signals. */
  release(): void {
    for (const name of SIGNALS) process.removeListener(name, this.onSignal);
    clearTimeout(this.timer);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  private readonly onSignal = (name: NodeJS.Signals): void => {
    const reason = this.reason(name);
    if (this.controller.signal.aborted) this.exit(reason);
    this.controller.abort(reason);
    // a run continues elsewhere: this command has nothing to finish
    if (!(reason instanceof Interrupted)) {
      process.stderr.write(`stopping because of ${name}; press Ctrl-C again to stop at once\n`);
    }
    this.timer = setTimeout(() => this.exit(reason), STOP_MS);
    this.timer.unref();
  };

  private exit(reason: Error): never {
    process.stderr.write(`error: ${reason.message}\n`);
    process.exit(reason instanceof Interrupted ? reason.exitCode : 1);
  }
}
