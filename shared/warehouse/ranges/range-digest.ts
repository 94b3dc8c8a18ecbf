import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../tables/identifier.ts";
import { conditionOf, type KeyRange } from "./key-range.ts";
import type { ShapeColumn, TableShape } from "./table-shape.ts";

/** Number of rows and digest of a range. Equal rows have equal digests on every server, in any order. */
export interface RangeDigest {
  rows: number;
  digest: string;
}

/** Their texts do not depend on a character set and contain neither comma nor semicolon. */
const PLAIN = new Set("tinyint smallint mediumint int bigint decimal date datetime timestamp time year".split(" "));
/** A row with several such values could be longer than `max_allowed_packet`. */
const LONG = new Set("mediumtext longtext mediumblob longblob json".split(" "));

/**
 * The digest of a row: the CRC-32 of a SHA-256 over all values. It guards against faults and not against an attacker: it
 * misses a wrong row once in 4 billion. A CRC-32 alone would miss values that two rows have exchanged.
 *
 * MySQL and MariaDB compute the same one: numbers and times as text, with the time zone of the session, floats as the
 * shortest text of their exact value and without the sign of a zero, other values as bytes in the column's character
 * set. JSON is its text.
 *
 * The time goes into the evaluation of expressions for each row, so they are few. CONCAT_WS leaves out NULL: the columns
 * that can be NULL come last, each after a semicolon, with which no value begins.
 */
export function rowDigest(columns: readonly ShapeColumn[]): string {
  const filled = columns.filter(({ isNullable }) => !isNullable).flatMap(valuesOf);
  const nullable = columns.filter(({ isNullable }) => isNullable).flatMap((column) => ["';'", ...valuesOf(column)]);
  return `CRC32(SHA2(CONCAT_WS(',', ${[...filled, ...nullable].join(", ")}), 256))`;
}

/** Each is NULL for NULL. */
function valuesOf(column: ShapeColumn): string[] {
  const { type } = column;
  const name = quoteName(column.name);
  if (type === "bit") return [`${name} + 0`];
  if (type === "float") return [floatText(`(${name} + 0e0)`, 1)];
  if (type === "double") return [floatText(name, 7)];
  if (PLAIN.has(type)) return [name];
  const bytes = bytesOf(column);
  if (LONG.has(type)) return [`SHA2(${bytes}, 256)`];
  // the length keeps 'a,' and 'b' apart from 'a' and ',b'
  return [`LENGTH(${name})`, bytes];
}

/** Bits of the values that a DECIMAL(65,30) shows exactly: those from 2^-33 to 2^113. */
const SCALE_BITS = 146;
const HIGHEST_BIT = 113;

/**
 * A float as text, without the sign of a zero. The servers choose and shorten their texts of a double differently, so
 * the value is first multiplied by a power of two, which is exact, and then shown as a DECIMAL.
 *
 * @param scales number of multiples of `SCALE_BITS` that the type needs in each direction
 */
function floatText(value: string, scales: number): string {
  const size = `ABS(${value})`;
  const scaled = (scale: number): string => `${size} * ${2 ** (SCALE_BITS * scale)}`;
  const cases: string[] = [];
  for (let scale = scales; scale > -scales; scale -= 1) {
    cases.push(`WHEN ${size} < ${2 ** (HIGHEST_BIT - SCALE_BITS * scale)} THEN ${scaled(scale)}`);
  }
  return `CONCAT(SIGN(${value}), ' ', CAST(CASE ${cases.join(" ")} ELSE ${scaled(-scales)} END AS DECIMAL(65, 30)))`;
}

function bytesOf({ name, type, charset }: ShapeColumn): string {
  const column = quoteName(name);
  if (type === "json") return `CAST(CAST(${column} AS CHAR CHARACTER SET utf8mb4) AS BINARY)`;
  // a geometry cannot be cast
  if (charset === undefined) return type.endsWith("blob") || type.endsWith("binary") ? column : `HEX(${column})`;
  // the result of CONCAT_WS has this character set, or it is binary
  return charset === "utf8mb4" ? column : `CAST(${column} AS BINARY)`;
}

/**
 * Counts the rows of a range and computes their digest on the server.
 *
 * @param connection with Baton's session settings (`connect`)
 */
export async function digestOfRange(connection: Connection, shape: TableShape, range: KeyRange): Promise<RangeDigest> {
  const [[row]] = await connection.query<(RowDataPacket & { count: number; digest: string })[]>(
    `SELECT COUNT(*) AS count, CAST(COALESCE(SUM(${rowDigest(shape.columns)}), 0) AS CHAR) AS digest
      FROM ${quoteTable(shape.schema, shape.table)} WHERE ${conditionOf(shape, range)}`,
  );
  return { rows: Number(row?.count ?? 0), digest: row?.digest ?? "0" };
}
