import { constants } from "node:os";

/** The operator ended the command by a signal. Nothing failed: the message says what goes on and how to continue. */
export class Interrupted extends Error {
  /** What a shell reports for a program that this signal ended: 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, message: string) {
    super(message);
    this.name = "Interrupted";
    this.exitCode = 128 + constants.signals[signal];
  }
}
