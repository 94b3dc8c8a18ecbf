import type { ErrorKind } from "./errors.ts";

/** One known kind of error: how to recognise it, whether it is transient, and the next step. */
export interface ErrorPattern {
  name: string;
  /** What happened, in a few words for a person. */
  meaning: string;
  kind: ErrorKind;
  isRetriable: boolean;
  /** Shortest and longest wait before the next attempt, seconds; absent: the layer's own interval. */
  delaySeconds?: readonly [number, number];
  /** Numbers of MySQL and MariaDB errors. @see MySQL Error Message Reference; MariaDB Error Codes */
  sqlErrors?: readonly number[];
  /** `name` or `code` of errors of Node, mysql2 and AWS. */
  codes?: readonly string[];
  /** The codes apply only to errors of the AWS SDK. */
  isOfAws?: true;
  /** HTTP statuses of AWS responses without a more exact name. */
  httpStatuses?: readonly number[];
  /** Output of programs that give no number or code. */
  texts?: readonly RegExp[];
  /** Signals that ended a child process. */
  signals?: readonly NodeJS.Signals[];
  /** Exit codes of a child process whose output matches nothing. */
  exitCodes?: readonly number[];
  /** The next step for a person. */
  advice: string;
}
