/** Where the cause lies: it decides the next step. */
export type ErrorKind = "input" | "data" | "target" | "database" | "aws" | "timeout" | "bug";

/** An error as stored in the ledger, events and DLQ messages. */
export interface RecordedError {
  kind: string;
  code: string;
  message: string;
  retriable: boolean;
  advice?: string;
}

interface BatonErrorOptions {
  /** The next step for a person, with the command to run. */
  advice?: string;
  kind?: ErrorKind;
  cause?: unknown;
  /** The models or tables that failed, if any. */
  subjects?: readonly string[];
}

/** Base of all errors that Baton raises: a code for programs, a message and advice for people. */
export abstract class BatonError extends Error {
  abstract readonly retriable: boolean;
  readonly code: string;
  readonly kind: ErrorKind;
  readonly advice: string | undefined;
  readonly subjects: readonly string[];

  constructor(code: string, message: string, options: BatonErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.kind = options.kind ?? "bug";
    this.advice = options.advice;
    this.subjects = options.subjects ?? [];
  }
}

/** A retry cannot help: bad input, wrong target, a broken contract. The message goes to the DLQ at once. */
export class PermanentError extends BatonError {
  readonly retriable = false;
}

interface TransientErrorOptions extends BatonErrorOptions {
  /** Overrides the layer's retry interval. */
  retryAfterSeconds?: number;
  /** A planned stop with part of the work done: it does not count as a retry. */
  isPlannedStop?: boolean;
}

/** A temporary error: lost connection, lock, throttling, timeout. */
export class TransientError extends BatonError {
  readonly retriable = true;
  readonly retryAfterSeconds: number | undefined;
  readonly isPlannedStop: boolean;

  constructor(code: string, message: string, options: TransientErrorOptions = {}) {
    super(code, message, options);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.isPlannedStop = options.isPlannedStop ?? false;
  }
}
