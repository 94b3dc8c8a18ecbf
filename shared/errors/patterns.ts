import type { ErrorPattern } from "./error-pattern.ts";
import { awsPatterns } from "./patterns/aws.ts";
import { databasePatterns } from "./patterns/database.ts";
import { dbtPatterns } from "./patterns/dbt.ts";
import { processPatterns } from "./patterns/process.ts";

/**
 * All known kinds of errors, as data; docs/errors.md is generated from it. Numbers are compared first, then names,
 * texts, and the end of a process. Within each, the first match counts, but a permanent pattern wins over transient
 * ones. An error without a match gets `unknownPattern`.
 */
export const errorPatterns: readonly ErrorPattern[] = [
  ...databasePatterns,
  ...awsPatterns,
  // before dbt's: the last output of a process is more exact than dbt's name for it
  ...processPatterns,
  ...dbtPatterns,
];

/** For errors without a match: transient, and counted (metric UnknownErrors, pattern `unknown` in the ledger). */
export const unknownPattern: ErrorPattern = {
  name: "unknown",
  meaning: "unrecognized error",
  kind: "bug",
  isRetriable: true,
  advice: "Baton retries. Read the function's log. If it happens again, add a pattern to shared/errors/patterns.",
};

/** For an attempt that ended without reporting a result: there is no error to match. */
export const interruptedPattern: ErrorPattern = {
  name: "interrupted",
  meaning: "the attempt ended without reporting a result: killed, out of memory or timed out",
  kind: "timeout",
  isRetriable: true,
  advice: "Baton retries. Read the end of the function's log.",
};
