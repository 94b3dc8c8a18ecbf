import type { Connection, RowDataPacket } from "mysql2/promise";
import { qualitySchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { quoteTable } from "../warehouse/tables/identifier.ts";
import { ensureSchema } from "../warehouse/tables/publish-set.ts";
import type { AttemptKey } from "../ledger/claims/settle.ts";
import { fromJson } from "../ledger/schema/rows.ts";

/** Maximum rows saved per test, and maximum tests per attempt with saved rows. */
export const MAX_ROWS = 20;
export const MAX_TESTS = 50;
/** Rows are only saved to repair data, so they are deleted after this time. */
const KEEP_DAYS = 30;
/** A sample must not delay the layer. */
const MAX_SECONDS = 10;

/** A sample of rows that a test found: values by column, without personal columns. */
export interface FailingRows {
  testId: string;
  rows: readonly Readonly<Record<string, unknown>>[];
}

function tableOf({ schemaPrefix }: WarehouseConfig): string {
  return quoteTable(qualitySchemaOf(schemaPrefix), "failing_row");
}

/** Opens a session for sampling, whose queries stop after some seconds. */
export async function openSampling(warehouse: WarehouseConfig): Promise<Connection> {
  const connection = await connect(warehouse);
  try {
    await connection.query(`SET SESSION max_statement_time = ${MAX_SECONDS}`);
  } catch {
    // MySQL uses another name for the limit, and milliseconds
    await connection.query(`SET SESSION max_execution_time = ${MAX_SECONDS * 1_000}`);
  }
  return connection;
}

/** Saves samples of an attempt's tests in the schema `quality`, and deletes those older than 30 days. */
export async function saveFailingRows(
  connection: Connection,
  warehouse: WarehouseConfig,
  { runId, layer, attempt }: AttemptKey,
  samples: readonly FailingRows[],
): Promise<void> {
  const table = tableOf(warehouse);
  await ensureSchema(connection, qualitySchemaOf(warehouse.schemaPrefix));
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${table} (
      run_id varchar(40) NOT NULL,
      layer varchar(32) NOT NULL,
      attempt int NOT NULL,
      test varchar(255) NOT NULL COMMENT 'unique ID',
      row_no int NOT NULL,
      content json NOT NULL COMMENT 'values by column; columns that are personal or not described are left out',
      sampled_at datetime(6) NOT NULL,
      PRIMARY KEY (run_id, layer, attempt, test, row_no), KEY by_age (sampled_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci
      COMMENT='rows that data tests found, at most ${MAX_ROWS} a test, for ${KEEP_DAYS} days'`,
  );
  await connection.query(`DELETE FROM ${table} WHERE sampled_at < UTC_TIMESTAMP() - INTERVAL ${KEEP_DAYS} DAY`);
  for (const { testId, rows } of samples.slice(0, MAX_TESTS)) {
    const kept = rows.slice(0, MAX_ROWS);
    if (kept.length === 0) continue;
    await connection.query(
      `REPLACE INTO ${table} (run_id, layer, attempt, test, row_no, content, sampled_at)
        VALUES ${kept.map(() => "(?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))").join(", ")}`,
      kept.flatMap((row, index) => [runId, layer, attempt, testId, index + 1, JSON.stringify(row)]),
    );
  }
}

interface FailingRow extends RowDataPacket {
  layer: string;
  attempt: number;
  test: string;
  content: Record<string, unknown> | string;
}

/** Returns the samples of a run by layer and test, from the newest attempt that has any; empty when none exist. */
export async function readFailingRows(
  warehouse: WarehouseConfig,
  runId: string,
): Promise<(FailingRows & { layer: string; attempt: number })[]> {
  const connection = await connect(warehouse);
  try {
    const [tables] = await connection.query<RowDataPacket[]>(
      "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'failing_row'",
      [qualitySchemaOf(warehouse.schemaPrefix)],
    );
    if (tables.length === 0) return [];
    const [rows] = await connection.query<FailingRow[]>(
      `SELECT layer, attempt, test, content FROM ${tableOf(warehouse)} AS sample
        WHERE run_id = ? AND attempt = (SELECT MAX(attempt) FROM ${tableOf(warehouse)} AS later
          WHERE later.run_id = sample.run_id AND later.layer = sample.layer AND later.test = sample.test)
        ORDER BY layer, test, row_no`,
      [runId],
    );
    return [...Map.groupBy(rows, ({ layer, test }) => `${layer} ${test}`).values()].map((ofTest) => ({
      layer: ofTest[0]?.layer ?? "",
      attempt: ofTest[0]?.attempt ?? 0,
      testId: ofTest[0]?.test ?? "",
      rows: ofTest.map(({ content }) => fromJson<Record<string, unknown>>(content) ?? {}),
    }));
  } finally {
    await connection.end();
  }
}
