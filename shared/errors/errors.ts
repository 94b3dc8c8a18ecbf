/** What went wrong, in the words of the retry policy: who is at fault decides what to do next. */
export type ErrorKind = "input" | "data" | "target" | "database" | "aws" | "timeout" | "bug";

/** An error as the ledger, events and dead letters carry it. */
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
  /** The models or tables that failed, where there are any. */
  subjects?: readonly string[];
}

/** Base of all errors that Baton raises on purpose: a code for machines, a message and advice for people. */
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

/** Trying again cannot help: bad input, wrong target, a broken contract. Goes to the dead-letter queue at once. */
export class PermanentError extends BatonError {
  readonly retriable = false;
}

interface TransientErrorOptions extends BatonErrorOptions {
  /** Overrides the layer's interval. */
  retryAfterSeconds?: number;
  /** An orderly stop with part of the work done: it uses up none of the layer's retries. */
  isPlannedStop?: boolean;
}

/** A fault that passes: lost connection, lock, throttling, out of time. */
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
