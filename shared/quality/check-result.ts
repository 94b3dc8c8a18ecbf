import { derivedName } from "../warehouse/tables/derived-name.ts";
import type { RecordedTest } from "../ledger/records/quality.ts";

/** Longest ID in the ledger. */
const MAX_ID = 255;

/** A check's result, and where rows that show it can be found. */
export interface CheckResult extends RecordedTest {
  /** Rows of the table that have one of these values in the column. */
  rowsToShow?: { table: string; column: string; values: readonly string[] } | undefined;
}

/** The key of a check: names alone join table and column, so that those of two columns can be equal. */
function checkId(name: string, model: string, column?: string): string {
  return derivedName(["source", name, model, ...(column === undefined ? [] : [column])].join("."), "", MAX_ID);
}

/** A check that found nothing. */
export function passed(name: string, model: string, column?: string): CheckResult {
  return { id: checkId(name, model, column), name, model, column, severity: "error", status: "pass", failures: 0 };
}

/** A check that found something: an error keeps the layer from being published, a warning is shown and counted. */
export function found(
  name: string,
  where: { model: string; column?: string | undefined; severity: "warn" | "error"; failures: number; message: string },
): CheckResult {
  const id = checkId(name, where.model, where.column);
  return { id, name, ...where, status: where.severity === "error" ? "fail" : "warn" };
}
