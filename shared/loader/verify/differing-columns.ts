import { quoteName } from "../../warehouse/tables/identifier.ts";
import type { LoadSession } from "../load/load-session.ts";

const NUMERIC = new Set("tinyint smallint mediumint int bigint decimal float double year".split(" "));

interface Column {
  name: string;
  type: string;
}

/**
 * Returns those of the given columns whose values differ between two tables, by digests over each column's values; none
 * when the tables have the same rows in these columns. The sign of a zero is ignored.
 *
 * @param tables quoted names
 * @param given names of the columns to compare, lower case
 */
export async function differingColumns(
  session: LoadSession,
  tables: readonly [string, string],
  given: ReadonlySet<string>,
): Promise<string[]> {
  const shown = await session.rows<{ Field: string; Type: string }>(`SHOW COLUMNS FROM ${tables[0]}`);
  const columns = shown
    .map(({ Field, Type }): Column => ({ name: Field, type: /^\w+/.exec(Type)?.[0] ?? "" }))
    .filter(({ name }) => given.has(name.toLowerCase()));
  const row = `CONCAT(${columns.map(bytesOf).join(", ',', ")})`;
  const digests = [row, ...columns.map(bytesOf)].map((bytes, index) => `SUM(CRC32(${bytes})) AS \`${index}\``);
  const [one, other] = await Promise.all(
    tables.map((table) =>
      session.rows<Record<string, string>>(
        `SELECT ${digests.join(", ")}, COUNT(*) AS n, COUNT(${row}) AS comparable FROM ${table}`,
      ),
    ),
  );
  const differs = (index: number): boolean => String(one?.[0]?.[index]) !== String(other?.[0]?.[index]);
  // a row that is too long to be concatenated has no digest
  const isComparable = [one, other].every((found) => String(found?.[0]?.["n"]) === String(found?.[0]?.["comparable"]));
  if (isComparable && !differs(0) && String(one?.[0]?.["n"]) === String(other?.[0]?.["n"])) return [];
  const named = columns.filter((_, index) => differs(index + 1)).map(({ name }) => name);
  // every column has the same values, but combined in other rows
  return named.length > 0 ? named : columns.map(({ name }) => name);
}

/** HEX of a number would round it; for other types it shows the exact bytes. */
function bytesOf({ name, type }: Column): string {
  const column = quoteName(name);
  return `IF(${column} IS NULL, 'NULL', ${NUMERIC.has(type) ? `CAST(${column} + 0 AS CHAR)` : `HEX(${column})`})`;
}
