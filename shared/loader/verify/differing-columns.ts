import { quoteName } from "../../warehouse/tables/identifier.ts";
import type { LoadSession } from "../load/load-session.ts";

const NUMERIC = new Set("tinyint smallint mediumint int bigint decimal float double year".split(" "));
const MAX_SHOWN = 40;

interface Column {
  name: string;
  type: string;
  isPrimary: boolean;
  isGenerated: boolean;
}

/** Two tables of the same rows. */
export interface ComparedTables {
  /** Quoted name. */
  loaded: string;
  /** Quoted name of the table with the dump's values. */
  given: string;
}

/** The columns whose values differ between two tables. */
export interface Difference {
  columns: readonly string[];
  /** The first differing value, `where id = 1 the dump has 99, the column computes 6`; undefined without a primary key. */
  example: string | undefined;
}

/**
 * Compares two tables by digests over each column's values; undefined when they have the same rows in these columns. The
 * sign of a zero is ignored.
 *
 * @param names of the columns to compare, lower case
 */
export async function differenceOf(
  session: LoadSession,
  tables: ComparedTables,
  names: ReadonlySet<string>,
): Promise<Difference | undefined> {
  const shown = await session.rows<Record<"Field" | "Type" | "Key" | "Extra", string>>(
    `SHOW COLUMNS FROM ${tables.loaded}`,
  );
  const all = shown.map(({ Field, Type, Key, Extra }): Column => ({
    name: Field,
    type: /^\w+/.exec(Type)?.[0] ?? "",
    isPrimary: Key === "PRI",
    isGenerated: /GENERATED/.test(Extra),
  }));
  const columns = all.filter(({ name }) => names.has(name.toLowerCase()));
  const row = `CONCAT(${columns.map((column) => bytesOf(column)).join(", ',', ")})`;
  const digests = [row, ...columns.map((column) => bytesOf(column))].map(
    (bytes, index) => `SUM(CRC32(${bytes})) AS \`${index}\``,
  );
  const [one, other] = await Promise.all(
    [tables.loaded, tables.given].map((table) =>
      session.rows<Record<string, string>>(
        `SELECT ${digests.join(", ")}, COUNT(*) AS n, COUNT(${row}) AS comparable FROM ${table}`,
      ),
    ),
  );
  const differs = (index: number): boolean => String(one?.[0]?.[index]) !== String(other?.[0]?.[index]);
  // a row that is too long to be concatenated has no digest
  const isComparable = [one, other].every((found) => String(found?.[0]?.["n"]) === String(found?.[0]?.["comparable"]));
  if (isComparable && !differs(0) && String(one?.[0]?.["n"]) === String(other?.[0]?.["n"])) return undefined;
  const found = columns.filter((_, index) => differs(index + 1));
  const [first] = found;
  const primary = all.filter(({ isPrimary }) => isPrimary);
  return {
    // without a differing column, every column has the same values, but combined in other rows
    columns: (first === undefined ? columns : found).map(({ name }) => name),
    example: first && primary.length > 0 ? await exampleOf(session, tables, first, primary) : undefined,
  };
}

/** The first row by primary key with a different value in the column. */
async function exampleOf(
  session: LoadSession,
  { loaded, given }: ComparedTables,
  column: Column,
  primary: readonly Column[],
): Promise<string | undefined> {
  const keys = primary.map(({ name }) => quoteName(name));
  const textOf = (table: string): string => `LEFT(CAST(${table}.${quoteName(column.name)} AS CHAR), ${MAX_SHOWN})`;
  const [row] = await session.rows<{ place: string; dump: string | null; server: string | null }>(
    `SELECT CONCAT_WS(', ', ${keys.map((key) => `l.${key}`).join(", ")}) AS place, ${textOf("g")} AS dump, ${textOf("l")} AS server
      FROM ${loaded} l JOIN ${given} g ON ${keys.map((key) => `l.${key} = g.${key}`).join(" AND ")}
      WHERE NOT (${bytesOf(column, "l.")} <=> ${bytesOf(column, "g.")}) ORDER BY ${keys.map((key) => `l.${key}`).join(", ")} LIMIT 1`,
  );
  if (row === undefined) return undefined;
  const place = `${primary.map(({ name }) => name).join(", ")} = ${row.place}`;
  const holder = column.isGenerated ? "the column computes" : "the table has";
  return `where ${place} the dump has ${row.dump ?? "NULL"}, ${holder} ${row.server ?? "NULL"}`;
}

/** HEX of a number would round it; for other types it shows the exact bytes. */
function bytesOf({ name, type, isGenerated }: Column, table = ""): string {
  const column = table + quoteName(name);
  // a dump has six digits of a float, which is not the value that the server computes
  const number = type === "float" && isGenerated ? `IF(${column} = 0, 0, CAST(${column} AS CHAR))` : `${column} + 0`;
  return `IF(${column} IS NULL, 'NULL', ${NUMERIC.has(type) ? `CAST(${number} AS CHAR)` : `HEX(${column})`})`;
}
