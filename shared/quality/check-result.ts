import { derivedName } from "../warehouse/tables/derived-name.ts";
import type { RecordedTest } from "../ledger/records/quality.ts";

/** Maximum length of an ID in the ledger. */
const MAX_ID = 255;

/** A check's result, and where to find rows that show the finding. */
export interface CheckResult extends RecordedTest {
  /** Rows of the table that have one of these values in the column. */
  rowsToShow?: { table: string; column: string; values: readonly string[] } | undefined;
}

/** The ID of a check. The name alone joins table and column with `_`, so two columns can have the same name. */
function checkId(name: string, model: string, column?: string): string {
  return derivedName(["source", name, model, ...(column === undefined ? [] : [column])].join("."), "", MAX_ID);
}

/** A check without findings. */
export function passed(name: string, model: string, column?: string): CheckResult {
  return { id: checkId(name, model, column), name, model, column, severity: "error", status: "pass", failures: 0 };
}

/** A check with findings: an error prevents publication of the layer, a warning is shown and counted. */
export function found(
  name: string,
  where: { model: string; column?: string | undefined; severity: "warn" | "error"; failures: number; message: string },
): CheckResult {
  const id = checkId(name, where.model, where.column);
  return { id, name, ...where, status: where.severity === "error" ? "fail" : "warn" };
}
