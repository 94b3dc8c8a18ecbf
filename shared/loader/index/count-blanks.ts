import type { ColumnBlanks, InsertShape } from "./dump-index.ts";
import type { TableDefinition } from "../definitions/table-definition.ts";
import { valueForms } from "../lexer/value-forms.ts";

/**
 * Counts the blank values of each column, by column name in lower case. Generated columns and columns that some rows
 * omit are left out.
 */
export function countBlanks(
  { columns }: TableDefinition,
  shapes: readonly InsertShape[],
): ReadonlyMap<string, ColumnBlanks> {
  const blanks = new Map<string, ColumnBlanks>();
  for (const { name, source } of columns) {
    const counts = shapes.map((shape) => countIn(shape, name.toLowerCase()));
    const known = counts.filter((count) => count !== undefined);
    if (source === "rows" && known.length === counts.length) blanks.set(name.toLowerCase(), sumOf(known));
  }
  return blanks;
}

function countIn({ targets, tally, session }: InsertShape, column: string): ColumnBlanks | undefined {
  const at = targets.findIndex((target) => target.toLowerCase() === column);
  if (at === -1) return undefined;
  const { text, blankText, unsureText, hex, bits, bool } = valueForms;
  const nulls = tally.count(at, valueForms.null);
  if (session.charset !== "utf8mb4") {
    const texts = tally.count(at, text, blankText, unsureText, hex, bits, bool);
    return { nulls, blankTexts: 0, unsureTexts: texts === 0 ? [] : undefined };
  }
  const kept = tally.unsure.of(at);
  const isKnown = kept?.reduce((sum, { count }) => sum + count, 0) === tally.count(at, unsureText, hex, bits, bool);
  return { nulls, blankTexts: tally.count(at, blankText), unsureTexts: isKnown ? kept : undefined };
}

function sumOf(counts: readonly ColumnBlanks[]): ColumnBlanks {
  const sum: ColumnBlanks = { nulls: 0, blankTexts: 0, unsureTexts: [] };
  for (const { nulls, blankTexts, unsureTexts } of counts) {
    sum.nulls += nulls;
    sum.blankTexts += blankTexts;
    sum.unsureTexts = unsureTexts && sum.unsureTexts && [...sum.unsureTexts, ...unsureTexts];
  }
  return sum;
}
