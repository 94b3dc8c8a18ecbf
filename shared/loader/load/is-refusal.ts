import { errnoOf } from "../../warehouse/connection/errno-of.ts";
import { patternOf } from "../../errors/pattern-of.ts";
import { signsOf } from "../../errors/signs-of.ts";

/**
 * Error patterns caused by the statement or its rows. `table-mismatch` is not one of them: another session caused it.
 */
const REFUSALS = new Set(["sql-invalid", "duplicate-key", "data-invalid"]);

/**
 * True when the server rejects content of the dump. All other errors are the server's own and are rethrown unchanged.
 */
export function isRefusal(error: unknown): error is Error {
  return errnoOf(error) !== undefined && REFUSALS.has(patternOf(signsOf(error)).name);
}
