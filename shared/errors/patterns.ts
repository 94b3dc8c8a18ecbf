import type { ErrorPattern } from "./error-pattern.ts";
import { awsPatterns } from "./patterns/aws.ts";
import { databasePatterns } from "./patterns/database.ts";
import { dbtPatterns } from "./patterns/dbt.ts";
import { processPatterns } from "./patterns/process.ts";

/**
 * All faults that are known, as data. Numbers are looked at first, then names, then texts, then how a process ended;
 * within each the first pattern counts, but one that does not pass goes before those that do. What matches none is
 * `unknownPattern` (handbook, design.md section 5, step 7). docs/errors.md is made from this.
 */
export const errorPatterns: readonly ErrorPattern[] = [
  ...databasePatterns,
  ...awsPatterns,
  // before dbt's: what a process printed last tells more than how dbt calls it
  ...processPatterns,
  ...dbtPatterns,
];

/** What matches no pattern: taken for passing, and counted (metric UnknownErrors, pattern `unknown` in the ledger). */
export const unknownPattern: ErrorPattern = {
  name: "unknown",
  meaning: "nothing that is known fits",
  kind: "bug",
  isRetriable: true,
  advice: "Look at the function's log. If it comes again, add it to shared/errors/patterns, with the right advice.",
};

/** What the ledger records for an attempt that ended without a word; no error is there to match. */
export const interruptedPattern: ErrorPattern = {
  name: "interrupted",
  meaning: "the function ended without a word: it was killed, or ran out of memory or time",
  kind: "timeout",
  isRetriable: true,
  advice: "Look at the end of the function's log. It is tried again.",
};
