import { quoteName } from "../warehouse/tables/identifier.ts";
import type { ColumnBlanks } from "../loader/index/dump-index.ts";
import { BLANK_TEXTS } from "../loader/lexer/text-form.ts";
import type { DescribedColumn } from "./describe-tables.ts";
import { isTextColumn } from "./is-text-column.ts";

/** A column's rows without a value: those that are known, and those that the server is to add. */
export interface BlankCount {
  known: number;
  /** An aggregate over the table; undefined when all is known. */
  sql: string | undefined;
  /** For the `?` of the SQL. */
  values: readonly (number | Buffer)[];
}

const BLANK_LIST = BLANK_TEXTS.map((text) => `'${text}'`).join(", ");

/**
 * How to count the rows of a column that have no value.
 *
 * What reading the dump has told is not counted again: texts that only a collation can judge are put to the server
 * themselves, each once. Columns of which the dump tells nothing are counted over their rows.
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
  // a CHAR column drops spaces at the end, which some collations tell apart
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
