import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../db/identifier.ts";
import type { ColumnProfile, TableProfile } from "./table-profile.ts";

/** Raised when something else is counted, or otherwise: older profiles are not taken for new content then. */
export const PROFILE_VERSION = 1;

/** Column that says when a row was last changed. */
const CHANGED = "updated_at";
/** Texts that say that there is no value. @see handbook, domain/source.md section 5 */
const BLANK_TEXTS = "'', '--', 'NULL'";
/** More values than this are no codes. */
const MAX_CODES = 200;

/** A table to profile. */
export interface TableToProfile {
  schema: string;
  table: string;
  contentHash: string;
  /** Columns whose values are counted one by one. */
  codeColumns: readonly string[];
}

interface ColumnRow extends RowDataPacket {
  name: string;
  type: string;
  data_type: string;
  is_nullable: "YES" | "NO";
}

/**
 * Counts rows and blanks of every column in one pass over the table, then each code column's values.
 *
 * @param dayEnd times of change from here on are mistakes, and do not make a table fresh
 */
export async function profileTable(
  connection: Connection,
  { schema, table, contentHash, codeColumns }: TableToProfile,
  dayEnd: Date,
): Promise<TableProfile> {
  const described = await describeColumns(connection, schema, table);
  const changed = described.find(({ name, data_type: type }) => name === CHANGED && isInstant(type));
  const counted = described.flatMap((column, index) => {
    const filled = filledRows(column);
    return filled === undefined ? [] : [`${filled} AS c${index}`];
  });
  const newest =
    changed === undefined
      ? "NULL"
      : `DATE_FORMAT(MAX(CASE WHEN ${quoteName(CHANGED)} < ? THEN ${quoteName(CHANGED)} END), '%Y-%m-%dT%H:%i:%sZ')`;
  const [found] = await connection.query<RowDataPacket[]>(
    `SELECT ${["COUNT(*) AS n", `${newest} AS newest`, ...counted].join(", ")} FROM ${quoteTable(schema, table)}`,
    changed === undefined ? [] : [dayEnd],
  );
  // counts by the names c0, c1 and so on
  const counts: Readonly<Record<string, number | string | null>> = found[0] ?? {};
  const rows = Number(counts["n"] ?? 0);
  const columns: ColumnProfile[] = [];
  for (const [index, { name, type, is_nullable: nullable }] of described.entries()) {
    const filled = counts[`c${index}`];
    const blanks = filled === undefined ? 0 : rows - Number(filled);
    const codes = codeColumns.includes(name)
      ? await countCodes(connection, { schema, table, column: name })
      : undefined;
    columns.push({ name, type, isNullable: nullable === "YES", blanks, ...(codes !== undefined && { codes }) });
  }
  return { table, contentHash, rows, newestChange: instantOf(counts["newest"]), columns };
}

async function describeColumns(connection: Connection, schema: string, table: string): Promise<ColumnRow[]> {
  const [columns] = await connection.query<ColumnRow[]>(
    `SELECT column_name AS name, column_type AS type, data_type AS data_type, is_nullable AS is_nullable
      FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
    [schema, table],
  );
  return columns;
}

function isInstant(dataType: string): boolean {
  return ["timestamp", "datetime"].includes(dataType);
}

/** SQL that counts the rows with a value; undefined where all have one. */
function filledRows({ name, data_type: type, is_nullable: nullable }: ColumnRow): string | undefined {
  // longer texts stand in pages of their own, which are not worth reading for this
  if (["char", "varchar", "tinytext", "text"].includes(type)) {
    return `COUNT(CASE WHEN ${quoteName(name)} NOT IN (${BLANK_TEXTS}) THEN 1 END)`;
  }
  return nullable === "YES" ? `COUNT(${quoteName(name)})` : undefined;
}

/** Rows by value; undefined when there are too many values for codes. */
async function countCodes(
  connection: Connection,
  { schema, table, column }: { schema: string; table: string; column: string },
): Promise<Record<string, number> | undefined> {
  const name = quoteName(column);
  const [rows] = await connection.query<(RowDataPacket & { code: string; n: number })[]>(
    `SELECT CAST(${name} AS CHAR(64)) AS code, COUNT(*) AS n FROM ${quoteTable(schema, table)}
      WHERE ${name} IS NOT NULL GROUP BY ${name} ORDER BY ${name} LIMIT ${MAX_CODES + 1}`,
  );
  if (rows.length > MAX_CODES) return undefined;
  return Object.fromEntries(rows.map(({ code, n }) => [code, Number(n)]));
}

/** Undefined and zero times as null. */
function instantOf(text: number | string | null | undefined): Date | null {
  const instant = new Date(typeof text === "string" ? text : Number.NaN);
  return Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1970 ? null : instant;
}
