import type { Pool } from "mysql2/promise";
import type { AttemptKey } from "../claims/settle.ts";

/** Result of a data test; `accepted` is a failure of error severity that a person accepted. */
export type TestStatus = "pass" | "warn" | "fail" | "error" | "skipped" | "accepted";

/** A data test's result. */
export interface RecordedTest {
  /** The key: dbt's unique ID, or the ID of a check of source tables (`checkId`). Names are for people and not unique. */
  id: string;
  name: string;
  model: string;
  /** Column that the test checks; absent for a test of the whole table. */
  column?: string | undefined;
  severity: "warn" | "error";
  status: TestStatus;
  failures: number;
  message?: string | undefined;
}

/** Longest recorded message, characters. */
const MAX_MESSAGE = 2_000;

/** Records the results of an attempt's data tests; a later result of a test replaces an earlier one. */
export async function recordQuality(pool: Pool, key: AttemptKey, results: readonly RecordedTest[]): Promise<void> {
  if (results.length === 0) return;
  await pool.query(
    `INSERT INTO quality_result (run_id, layer, attempt, test_id, test, model, column_name, severity, status, failures, message,
        recorded_at)
      VALUES ${results.map(() => "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))").join(", ")}
      ON DUPLICATE KEY UPDATE test = VALUES(test), model = VALUES(model), column_name = VALUES(column_name), severity = VALUES(severity),
        status = VALUES(status), failures = VALUES(failures), message = VALUES(message),
        recorded_at = VALUES(recorded_at)`,
    results.flatMap(({ id, name, model, column = "", severity, status, failures, message }) => [
      ...[key.runId, key.layer, key.attempt, id, name.slice(0, 255), model.slice(0, 128), column.slice(0, 128)],
      ...[severity, status, failures, message?.slice(0, MAX_MESSAGE) ?? null],
    ]),
  );
}

/** Removes a layer's results of dbt tests that the project no longer has: a retry would not replace them. */
export async function removeOtherTests(
  pool: Pool,
  { runId, layer }: AttemptKey,
  ids: readonly string[],
): Promise<void> {
  await pool.query("DELETE FROM quality_result WHERE run_id = ? AND layer = ? AND test_id NOT IN (?)", [
    ...[runId, layer],
    ["", ...ids],
  ]);
}
