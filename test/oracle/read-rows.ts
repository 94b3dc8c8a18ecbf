import type { Pool, RowDataPacket, TypeCastField, TypeCastNext } from "mysql2/promise";

/** A value as text or number; dates are text, and zero dates stay as they are. */
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

const NUMBERS: ReadonlySet<string> = new Set([
  "TINY",
  "SHORT",
  "LONG",
  "INT24",
  "LONGLONG",
  "FLOAT",
  "DOUBLE",
  "DECIMAL",
  "NEWDECIMAL",
]);

function castValue(field: TypeCastField, _next: TypeCastNext): Value {
  const text = field.string("utf8");
  if (text === null) return null;
  if (NUMBERS.has(field.type)) return Number(text);
  return field.type === "DATETIME" || field.type === "TIMESTAMP" ? text.slice(0, 19) : text;
}

/** Reads rows with every value as text or number, nothing turned into JavaScript dates. */
export async function readRows(pool: Pool, sql: string): Promise<Row[]> {
  const [rows] = await pool.query<(RowDataPacket & Record<string, Value>)[]>({ sql, typeCast: castValue });
  return rows;
}
