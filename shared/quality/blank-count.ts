import { quoteName } from "../warehouse/tables/identifier.ts";
import type { ColumnBlanks } from "../loader/index/dump-index.ts";
import { BLANK_TEXTS } from "../loader/lexer/text-form.ts";
import type { DescribedColumn } from "./describe-tables.ts";
import { isTextColumn } from "./is-text-column.ts";

/** The number of a column's rows without a value: a known part, and a part that the server must count. */
export interface BlankCount {
  known: number;
  /** An aggregate over the table; undefined when the whole number is known. */
  sql: string | undefined;
  /** Values for the `?` in the SQL. */
  values: readonly (number | Buffer)[];
}

const BLANK_LIST = BLANK_TEXTS.map((text) => `'${text}'`).join(", ");

/**
 * Plans how to count the rows of a column that have no value.
 *
 * Values that were counted while reading the dump are not counted again. The server compares each text that depends on
 * the collation once. Columns without counts from the dump are counted over their rows.
 */
export function blankCount(column: DescribedColumn, blanks: ColumnBlanks | undefined): BlankCount {
  if (isTextColumn(column)) return blankTexts(column, blanks);
  if (column.is_nullable === "NO") return { known: 0, sql: undefined, values: [] };
  if (blanks !== undefined) return { known: blanks.nulls, sql: undefined, values: [] };
  return { known: 0, sql: `COUNT(*) - COUNT(${quoteName(column.name)})`, values: [] };
}

function blankTexts(column: DescribedColumn, blanks: ColumnBlanks | undefined): BlankCount {
  const { name, data_type: type, charset, collation } = column;
  const unsure = blanks?.unsureTexts;
  // a CHAR column drops trailing spaces, which some collations distinguish
  const isKnown = unsure?.length === 0 || (unsure !== undefined && type !== "char");
  if (blanks === undefined || !isKnown) {
    const filled = `CASE WHEN ${quoteName(name)} NOT IN (${BLANK_LIST}) THEN 1 END`;
    return { known: 0, sql: `COUNT(*) - COUNT(${filled})`, values: [] };
  }
  const isBlank = `(CONVERT(CONVERT(? USING utf8mb4) USING ${charset}) COLLATE ${collation} IN (${BLANK_LIST}))`;
  return {
    known: blanks.nulls + blanks.blankTexts,
    sql: unsure.length === 0 ? undefined : unsure.map(() => `? * ${isBlank}`).join(" + "),
    values: unsure.flatMap(({ bytes, count }) => [count, bytes]),
  };
}
