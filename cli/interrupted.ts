import { constants } from "node:os";

/** The operator stopped the command with a signal. The message says what continues to run and how to follow it. */
export class Interrupted extends Error {
  /** Exit code that a shell reports for a program terminated by this signal: 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, message: string) {
    super(message);
    this.name = "Interrupted";
    this.exitCode = 128 + constants.signals[signal];
  }
}
