import type { Logger } from "@aws-lambda-powertools/logger";
import type { Pool } from "mysql2/promise";

/** Days that results and profiles are kept, as everything in the ledger. */
const KEEP_DAYS = 400;

/**
 * Removes test results, acceptances and profiles of business dates more than 400 days before this one. What
 * cannot be removed is logged and tried next time.
 */
export async function cleanUpQuality(
  { pool, logger }: { pool: Pool; logger: Logger },
  businessDate: string,
): Promise<void> {
  const old = [businessDate, KEEP_DAYS];
  try {
    for (const table of ["quality_result", "quality_acceptance"]) {
      await pool.query(
        `DELETE ${table} FROM ${table} JOIN run ON run.run_id = ${table}.run_id
          WHERE run.business_date < DATE_SUB(?, INTERVAL ? DAY)`,
        old,
      );
    }
    await pool.query("DELETE FROM run_table WHERE business_date < DATE_SUB(?, INTERVAL ? DAY)", old);
    // profiles of contents that no run has any more
    await pool.query(
      `DELETE table_profile FROM table_profile
        LEFT JOIN run_table USING (table_name, content_hash, recipe) WHERE run_table.run_id IS NULL`,
    );
  } catch (error) {
    logger.warn("old test results and profiles could not be removed", { error: String(error) });
  }
}
