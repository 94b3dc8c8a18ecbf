import type { Connection, RowDataPacket } from "mysql2/promise";
import { quoteName, quoteTable } from "../warehouse/tables/identifier.ts";
import type { ColumnBlanks } from "../loader/index/dump-index.ts";
import { blankCount } from "./blank-count.ts";
import type { DescribedColumn } from "./describe-tables.ts";
import { isTextColumn } from "./is-text-column.ts";
import type { ColumnProfile, TableProfile } from "./table-profile.ts";

/** Increase this number when the profile's counts change, so that older profiles are not reused. */
export const PROFILE_VERSION = 1;

/** Column with the time of a row's last change. */
const CHANGED = "updated_at";
/** A column with more values than this does not hold codes. */
const MAX_CODES = 200;
/** Number of code columns counted in one pass, small enough for few combinations. */
const COLUMNS_A_PASS = 3;
/** With more combinations than this, columns are counted separately. */
const MAX_COMBINATIONS = 5_000;

/** A table to profile. */
export interface TableToProfile {
  schema: string;
  table: string;
  contentHash: string;
  /** Columns with codes, whose values are counted individually. */
  codeColumns: readonly string[];
  columns: readonly DescribedColumn[];
  /** Blank values counted while reading the dump, by column name in lower case. */
  blanks: ReadonlyMap<string, ColumnBlanks>;
}

/**
 * Counts rows and the blanks of every column in one pass over the table, then the values of the code columns, several
 * columns per pass. Values counted while reading the dump are not counted again.
 *
 * @param dayEnd change times from this instant on are errors of the source and are ignored
 */
export async function profileTable(
  connection: Connection,
  { schema, table, contentHash, codeColumns, columns: described, blanks }: TableToProfile,
  dayEnd: Date,
): Promise<TableProfile> {
  const changed = described.find(({ name, data_type: type }) => name === CHANGED && isInstant(type));
  const counted = described.map((column) => blankCount(column, blanks.get(column.name.toLowerCase())));
  const newest =
    changed === undefined
      ? "NULL"
      : `DATE_FORMAT(MAX(CASE WHEN ${quoteName(CHANGED)} < ? THEN ${quoteName(CHANGED)} END), '%Y-%m-%dT%H:%i:%sZ')`;
  const [found] = await connection.query<RowDataPacket[]>(
    `SELECT ${[
      "COUNT(*) AS n",
      `${newest} AS newest`,
      ...counted.flatMap(({ sql }, index) => (sql === undefined ? [] : [`${sql} AS c${index}`])),
    ].join(", ")} FROM ${quoteTable(schema, table)}`,
    [...(changed === undefined ? [] : [dayEnd]), ...counted.flatMap(({ values }) => values)],
  );
  // the counts have the names c0, c1 and so on
  const counts: Readonly<Record<string, number | string | null>> = found[0] ?? {};
  const rows = Number(counts["n"] ?? 0);
  const coded = described.filter(({ name }) => codeColumns.includes(name));
  const codesOf = await countCodes(connection, { schema, table, columns: coded });
  const columns = described.map(({ name, type, is_nullable: nullable }, index): ColumnProfile => {
    const without = (counted[index]?.known ?? 0) + Number(counts[`c${index}`] ?? 0);
    const codes = codesOf.get(name);
    return { name, type, isNullable: nullable === "YES", blanks: without, ...(codes !== undefined && { codes }) };
  });
  return { table, contentHash, rows, newestChange: instantOf(counts["newest"]), columns };
}

function isInstant(dataType: string): boolean {
  return ["timestamp", "datetime"].includes(dataType);
}

/** Counts rows by value, for each column with no more than `MAX_CODES` values. */
async function countCodes(
  connection: Connection,
  { schema, table, columns }: { schema: string; table: string; columns: readonly DescribedColumn[] },
): Promise<Map<string, Record<string, number>>> {
  // texts that are equal in the collation can be spelled differently, and a group shows any one of them
  const numbers = columns.filter((column) => !isTextColumn(column)).map(({ name }) => name);
  const passes = Array.from({ length: Math.ceil(numbers.length / COLUMNS_A_PASS) }, (_, pass) =>
    numbers.slice(pass * COLUMNS_A_PASS, (pass + 1) * COLUMNS_A_PASS),
  );
  const counted = new Map<string, Record<string, number>>();
  for (const pass of [...passes, ...columns.filter(isTextColumn).map(({ name }) => [name])]) {
    for (const [name, codes] of await countTogether(connection, { schema, table, columns: pass })) {
      if (Object.keys(codes).length <= MAX_CODES) counted.set(name, codes);
    }
  }
  return counted;
}

async function countTogether(
  connection: Connection,
  { schema, table, columns }: { schema: string; table: string; columns: readonly string[] },
): Promise<Map<string, Record<string, number>>> {
  const names = columns.map(quoteName).join(", ");
  const limit = columns.length === 1 ? MAX_CODES + 2 : MAX_COMBINATIONS + 1;
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT ${columns.map((name, index) => `CAST(${quoteName(name)} AS CHAR(64)) AS c${index}`).join(", ")}, COUNT(*) AS n
      FROM ${quoteTable(schema, table)} GROUP BY ${names} LIMIT ${limit}`,
  );
  if (columns.length > 1 && rows.length === limit) {
    const alone = await Promise.all(
      columns.map((column) => countTogether(connection, { schema, table, columns: [column] })),
    );
    return new Map(alone.flatMap((counts) => [...counts]));
  }
  return new Map(
    columns.map((name, index) => {
      const codes: Record<string, number> = {};
      for (const row of rows) {
        const code: unknown = row[`c${index}`];
        if (typeof code === "string") codes[code] = (codes[code] ?? 0) + Number(row["n"]);
      }
      return [name, codes];
    }),
  );
}

/** Converts missing and zero times to null. */
function instantOf(text: number | string | null | undefined): Date | null {
  const instant = new Date(typeof text === "string" ? text : Number.NaN);
  return Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1970 ? null : instant;
}
