import type { ErrorKind } from "./errors.ts";

/** What is known of one kind of fault: how to tell it, whether it passes, and what a person can do. */
export interface ErrorPattern {
  name: string;
  /** What has happened, in a few words for a person. */
  meaning: string;
  kind: ErrorKind;
  isRetriable: boolean;
  /** Shortest and longest wait before the next attempt, seconds; absent: the layer's own interval. */
  delaySeconds?: readonly [number, number];
  /** Numbers of MySQL and MariaDB errors. @see MySQL Error Message Reference; MariaDB Error Codes */
  sqlErrors?: readonly number[];
  /** `name` or `code` of errors of Node, mysql2 and AWS. */
  codes?: readonly string[];
  /** The codes are meant only where the AWS SDK raised the error. */
  isOfAws?: true;
  /** HTTP statuses of AWS answers that have no better name. */
  httpStatuses?: readonly number[];
  /** What programs print that give no number or code. */
  texts?: readonly RegExp[];
  /** Signals that ended a child process. */
  signals?: readonly NodeJS.Signals[];
  /** Exit codes of a child process that has printed nothing better. */
  exitCodes?: readonly number[];
  /** The next step for a person. */
  advice: string;
}
