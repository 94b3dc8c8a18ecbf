import type { Logger } from "@aws-lambda-powertools/logger";
import type { RowDataPacket } from "mysql2/promise";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { quoteName, quoteTable } from "../warehouse/tables/identifier.ts";
import type { AttemptKey } from "../ledger/claims/settle.ts";
import type { CheckResult } from "./check-result.ts";
import { MAX_ROWS, openSampling, saveFailingRows, type FailingRows } from "./failing-rows.ts";
import type { DayTable } from "./profile-day.ts";
import type { SourceRules } from "./read-quality-rules.ts";

/**
 * Saves a sample of the rows that failed the checks of source tables, with described columns that are not personal.
 * Fail-open: an error here does not affect the findings.
 */
export async function sampleSourceRows(
  { warehouse, logger }: { warehouse: WarehouseConfig; logger: Logger },
  key: AttemptKey,
  results: readonly CheckResult[],
  { tables, rules }: { tables: readonly DayTable[]; rules: SourceRules },
): Promise<void> {
  const wanted = results.flatMap(({ id, rowsToShow }) => (rowsToShow === undefined ? [] : [{ id, rowsToShow }]));
  if (wanted.length === 0) return;
  try {
    const connection = await openSampling(warehouse);
    try {
      const samples: FailingRows[] = [];
      for (const { id, rowsToShow } of wanted) {
        const { table, column, values } = rowsToShow;
        const schema = tables.find((candidate) => candidate.name === table)?.schema;
        const shown = rules.shown.get(table) ?? [];
        if (schema === undefined || shown.length === 0) continue;
        const [rows] = await connection.query<RowDataPacket[]>(
          `SELECT ${shown.map(quoteName).join(", ")} FROM ${quoteTable(schema, table)}
            WHERE ${quoteName(column)} IN (?) LIMIT ${MAX_ROWS}`,
          [values],
        );
        samples.push({ testId: id, rows });
      }
      await saveFailingRows(connection, warehouse, key, samples);
    } finally {
      await connection.end();
    }
  } catch (error) {
    logger.warn("rows could not be sampled", { error: String(error) });
  }
}
