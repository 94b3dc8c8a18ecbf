import type { Connection, Pool, RowDataPacket } from "mysql2/promise";

/** Schemas whose live tables readers see. */
const LIVE_SCHEMAS = ["staging", "seeds", "silver", "gold"];

/** Columns that differ between runs of the same dump: they name the run that wrote the row. */
const OF_THE_RUN = ["run_id"];

interface ColumnRow extends RowDataPacket {
  schema_name: string;
  table_name: string;
  column_name: string;
}

/** A digest of the rows of each live table, by `schema.table`. It does not depend on the order of rows. */
export type WarehouseDigest = Readonly<Record<string, string>>;

/** The content columns of each live table, by `schema.table`. */
export async function contentColumns(
  connection: Pool | Connection,
  schemas: readonly string[] = LIVE_SCHEMAS,
): Promise<Map<string, string[]>> {
  const [columns] = await connection.query<ColumnRow[]>(
    `SELECT columns.table_schema AS schema_name, columns.table_name AS table_name, columns.column_name AS column_name
      FROM information_schema.columns AS columns
      JOIN information_schema.tables AS tables USING (table_schema, table_name)
      WHERE columns.table_schema IN (?) AND tables.table_type = 'BASE TABLE' AND columns.column_name NOT IN (?)
      ORDER BY columns.table_schema, columns.table_name, columns.ordinal_position`,
    [schemas, OF_THE_RUN],
  );
  const byTable = new Map<string, string[]>();
  for (const { schema_name, table_name, column_name } of columns) {
    const name = `${schema_name}.${table_name}`;
    byTable.set(name, [...(byTable.get(name) ?? []), column_name]);
  }
  return byTable;
}

const quoted = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

/** SQL for one row `name, digest`: the number of rows, and two order-independent sums over a hash of each row. */
export function digestQuery(table: string, columns: readonly string[]): string {
  const [schema = "", ...rest] = table.split(".");
  const values = columns.map((column) => `COALESCE(HEX(${quoted(column)}), 'NULL')`).join(", ");
  const hash = `MD5(CONCAT_WS('|', ${values}))`;
  const part = (from: number): string => `COALESCE(SUM(CONV(SUBSTRING(${hash}, ${from}, 12), 16, 10)), 0)`;
  return (
    `SELECT '${table}' AS name, CONCAT_WS('/', COUNT(*), ${part(1)}, ${part(13)}) AS digest ` +
    `FROM ${quoted(schema)}.${quoted(rest.join("."))}`
  );
}

/** Digests of all live tables. */
export async function warehouseDigest(pool: Pool, schemas: readonly string[] = LIVE_SCHEMAS): Promise<WarehouseDigest> {
  const digest: Record<string, string> = {};
  for (const [table, columns] of await contentColumns(pool, schemas)) {
    const [[row]] = await pool.query<(RowDataPacket & { digest: string })[]>(digestQuery(table, columns));
    digest[table] = row?.digest ?? "";
  }
  return digest;
}
