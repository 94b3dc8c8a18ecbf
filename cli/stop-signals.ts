import { Interrupted } from "./interrupted.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Work that has not ended this long after the signal is ended at once. */
const STOP_MS = 15_000;

/**
 * Turns SIGINT and SIGTERM into an abort, so that a command can finish in order and say what it keeps. A second signal,
 * or 15 seconds, end the process at once.
 */
export class StopSignals {
  private readonly controller = new AbortController();
  private readonly reason: (signal: NodeJS.Signals) => Error;
  private timer: NodeJS.Timeout | undefined;

  /** @param reason the error of the stopped work */
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
    // work that goes on elsewhere has nothing to finish here
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
