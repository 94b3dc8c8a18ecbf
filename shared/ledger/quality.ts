import type { Pool } from "mysql2/promise";

/** A data test's result. */
export interface RecordedTest {
  name: string;
  model: string;
  severity: string;
  status: string;
  failures: number;
  message: string | undefined;
}

/** Records the results of a layer's data tests; the latest result of a test stands. */
export async function recordQuality(
  pool: Pool,
  runId: string,
  layer: string,
  results: readonly RecordedTest[],
): Promise<void> {
  if (results.length === 0) return;
  await pool.query(
    `INSERT INTO quality_result (run_id, layer, test, model, severity, status, failures, message, recorded_at)
      VALUES ${results.map(() => "(?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))").join(", ")}
      ON DUPLICATE KEY UPDATE model = VALUES(model), severity = VALUES(severity), status = VALUES(status),
        failures = VALUES(failures), message = VALUES(message), recorded_at = VALUES(recorded_at)`,
    results.flatMap(({ name, model, severity, status, failures, message }) => [
      ...[runId, layer, name.slice(0, 255), model.slice(0, 128)],
      ...[severity, status, failures, message ?? null],
    ]),
  );
}
