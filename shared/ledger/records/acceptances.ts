import type { Pool, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import type { RecordedTest } from "./quality.ts";

/** A failed test that a person accepted for one run. */
export interface Acceptance {
  runId: string;
  layer: string;
  /** Unique ID of the test. */
  testId: string;
  test: string;
  /** What the test found. */
  message: string | null;
  acceptedBy: string;
  reason: string;
  acceptedAt: Date;
}

interface AcceptanceRow extends RowDataPacket {
  run_id: string;
  layer: string;
  test_id: string;
  test: string;
  message: string | null;
  accepted_by: string;
  reason: string;
  accepted_at: Date;
}

/** Records that these failed tests of a run are accepted; a later acceptance of a test replaces an earlier one. */
export async function acceptTests(
  pool: Pool,
  runId: string,
  tests: readonly { layer: string; id: string; test: string; message: string | null }[],
  { acceptedBy, reason }: { acceptedBy: string; reason: string },
): Promise<void> {
  if (tests.length === 0) return;
  await pool.query(
    `INSERT INTO quality_acceptance (run_id, layer, test_id, test, message, accepted_by, reason, accepted_at)
      VALUES ${tests.map(() => "(?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))").join(", ")}
      ON DUPLICATE KEY UPDATE message = VALUES(message), accepted_by = VALUES(accepted_by),
        reason = VALUES(reason), accepted_at = VALUES(accepted_at)`,
    tests.flatMap(({ layer, id, test, message }) => [
      ...[runId, layer, id, test.slice(0, 255)],
      ...[message, acceptedBy, reason],
    ]),
  );
}

/** Removes acceptances of a run: its tests count again. @returns how many there were */
export async function withdrawAcceptances(pool: Pool, runId: string, testIds: readonly string[]): Promise<number> {
  if (testIds.length === 0) return 0;
  const [{ affectedRows }] = await pool.query<ResultSetHeader>(
    "DELETE FROM quality_acceptance WHERE run_id = ? AND test_id IN (?)",
    [runId, testIds],
  );
  return affectedRows;
}

/** The acceptances of a run by test; each counts in every layer that has a test of this name. */
export async function readAcceptances(pool: Pool, runId: string): Promise<Map<string, Acceptance>> {
  const [rows] = await pool.query<AcceptanceRow[]>("SELECT * FROM quality_acceptance WHERE run_id = ?", [runId]);
  return new Map(
    rows.map((row) => [
      row.test_id,
      {
        runId: row.run_id,
        layer: row.layer,
        testId: row.test_id,
        test: row.test,
        message: row.message,
        acceptedBy: row.accepted_by,
        reason: row.reason,
        acceptedAt: row.accepted_at,
      },
    ]),
  );
}

/** Changes accepted failures into results that let the layer pass; their message says who accepted them and why. */
export function applyAcceptances<T extends RecordedTest>(
  results: readonly T[],
  acceptances: ReadonlyMap<string, Acceptance>,
): T[] {
  return results.map((result) => {
    const acceptance = result.status === "fail" ? acceptances.get(result.id) : undefined;
    if (acceptance === undefined) return result;
    const { acceptedBy, reason } = acceptance;
    const found = result.message === undefined ? "" : `${result.message}; `;
    return { ...result, status: "accepted", message: `${found}accepted by ${acceptedBy}: ${reason}` };
  });
}
