import type { Logger } from "@aws-lambda-powertools/logger";
import type { Connection, FieldPacket, RowDataPacket } from "mysql2/promise";
import { Types } from "mysql2";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { quoteName } from "../warehouse/tables/identifier.ts";
import type { AttemptKey } from "../ledger/claims/settle.ts";
import { MAX_ROWS, MAX_TESTS, openSampling, saveFailingRows, type FailingRows } from "../quality/failing-rows.ts";
import type { DbtManifest, DbtNode } from "./dbt-artifacts.ts";
import type { DbtOutcome } from "./run-dbt.ts";
import { shownColumns } from "./shown-columns.ts";

/** Column types for numbers: counts, hours and shares that a test computes. */
const NUMBERS: ReadonlySet<number | undefined> = new Set([
  ...[Types.TINY, Types.SHORT, Types.LONG, Types.INT24, Types.LONGLONG],
  ...[Types.DECIMAL, Types.NEWDECIMAL, Types.FLOAT, Types.DOUBLE],
]);

/** The comment in which a test that only counts rows selects these rows. */
const ROWS = /\/\*\s*rows:([\s\S]*?)\*\//;

/**
 * Saves a sample of the rows that a build's tests found, without personal columns, by running the compiled tests again.
 * Fail-open: an error here does not affect the results.
 */
export async function sampleTestRows(
  { warehouse, logger }: { warehouse: WarehouseConfig; logger: Logger },
  key: AttemptKey,
  { results, manifest }: DbtOutcome,
): Promise<void> {
  const found = results.results.flatMap(({ unique_id: id, status, compiled_code: sql }) => {
    const node = manifest.nodes[id];
    const isFinding = node?.resource_type === "test" && (status === "fail" || status === "warn");
    return isFinding && typeof sql === "string" ? [{ node, sql }] : [];
  });
  if (found.length === 0) return;
  try {
    const connection = await openSampling(warehouse);
    try {
      const samples: FailingRows[] = [];
      for (const { node, sql } of found.slice(0, MAX_TESTS)) {
        const rows = await sample(connection, manifest, node, sql).catch((error: unknown) => {
          logger.warn("a test's rows could not be sampled", { test: node.name, error: String(error) });
          return [];
        });
        samples.push({ testId: node.unique_id, rows });
      }
      await saveFailingRows(connection, warehouse, key, samples);
    } finally {
      await connection.end();
    }
  } catch (error) {
    logger.warn("rows could not be sampled", { error: String(error) });
  }
}

async function sample(
  connection: Connection,
  manifest: DbtManifest,
  test: DbtNode,
  sql: string,
): Promise<RowDataPacket[]> {
  const from = `FROM (\n${ROWS.exec(sql)?.[1] ?? sql}\n) AS failing`;
  const [, fields] = await connection.query<RowDataPacket[]>(`SELECT * ${from} LIMIT 0`);
  const shown = shownColumns(
    manifest,
    test,
    fields.map(({ name, columnType }: FieldPacket) => ({ name, isNumber: NUMBERS.has(columnType) })),
  );
  if (shown.length === 0) return [];
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT ${shown.map(quoteName).join(", ")} ${from} LIMIT ${MAX_ROWS}`,
  );
  return rows;
}
