import type { RecordedTest } from "../ledger/records/quality.ts";

/** A check's result, and where rows that show it can be found. */
export interface CheckResult extends RecordedTest {
  /** Rows of the table that have one of these values in the column. */
  rowsToShow?: { table: string; column: string; values: readonly string[] } | undefined;
}

/** A check that found nothing. */
export function passed(name: string, model: string, column?: string): CheckResult {
  return { name, model, column, severity: "error", status: "pass", failures: 0 };
}

/** A check that found something: an error keeps the layer from being published, a warning is shown and counted. */
export function found(
  name: string,
  where: { model: string; column?: string | undefined; severity: "warn" | "error"; failures: number; message: string },
): CheckResult {
  return { name, ...where, status: where.severity === "error" ? "fail" : "warn" };
}
