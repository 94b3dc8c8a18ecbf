import type { Pool, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../../../../shared/warehouse/tables/identifier.ts";

/** Properties of a schema that two loads of a dump must have in common. */
export interface TableState {
  rows: number;
  checksum: string;
  definition: string;
}

/** Reads every base table of a schema: rows, CHECKSUM TABLE and SHOW CREATE TABLE, by name. */
export async function schemaState(pool: Pool, schema: string): Promise<Record<string, TableState>> {
  const [tables] = await pool.query<(RowDataPacket & { name: string })[]>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = ? AND table_type <> 'VIEW' ORDER BY table_name`,
    [schema],
  );
  const state: Record<string, TableState> = {};
  for (const { name } of tables) {
    const table = quoteTable(schema, name);
    const [[count]] = await pool.query<(RowDataPacket & { n: number })[]>(`SELECT COUNT(*) AS n FROM ${table}`);
    const [[sum]] = await pool.query<(RowDataPacket & { Checksum: number | null })[]>(`CHECKSUM TABLE ${table}`);
    const [[shown]] = await pool.query<(RowDataPacket & { "Create Table": string })[]>(`SHOW CREATE TABLE ${table}`);
    // SHOW CREATE TABLE names the schema of a foreign key to another schema, and MySQL's names the character set of a
    // collation when the statement named it
    const definition = (shown?.["Create Table"] ?? "")
      .replaceAll(`${quoteName(schema)}.`, "")
      .replaceAll(/ CHARACTER SET \w+ (?=COLLATE )/g, " ");
    // the server sets the times of row versions
    const checksum = definition.includes("AS ROW START") ? "of times" : String(sum?.Checksum);
    state[name] = { rows: Number(count?.n), checksum, definition };
  }
  return state;
}
