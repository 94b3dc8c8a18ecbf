import type { IndexedTable, InsertShape, RowRange } from "../index/dump-index.ts";
import type { ColumnPlan } from "./column-plan.ts";
import type { RowSeparator } from "../lexer/values-lexer.ts";

/** Rows that one statement loads, committed together with the record of the part. */
export interface TablePart {
  /** From 0, in the order of the dump. */
  number: number;
  ranges: readonly RowRange[];
  shape: InsertShape;
  separator: RowSeparator;
  rows: number;
  bytes: number;
}

/** A part, and how to load it. */
export interface PlannedPart extends TablePart {
  plan: ColumnPlan;
}

/**
 * Approximate bytes of rows in one transaction: a balance between repeated work after a failure and waits for commits.
 */
const PART_BYTES = 32 * 1024 * 1024;

/**
 * Splits a table's rows into parts. The result depends only on the rows, so a later attempt with the same content hash
 * gets the same parts.
 */
export function partsOf(table: IndexedTable): TablePart[] {
  const parts: TablePart[] = [];
  let group: RowRange[] = [];
  let bytes = 0;
  let separator: RowSeparator | undefined;
  const flush = (): void => {
    const [first] = group;
    if (first === undefined) return;
    const rows = group.reduce((sum, range) => sum + range.rows, 0);
    parts.push({ number: parts.length, ranges: group, shape: first.shape, separator: separator ?? "", rows, bytes });
    group = [];
    bytes = 0;
    separator = undefined;
  };
  for (const range of table.ranges) {
    const size = range.end - range.start;
    const isOther = separator !== undefined && range.separator !== undefined && range.separator !== separator;
    if (isOther || range.shape !== group[0]?.shape || bytes + size > PART_BYTES) flush();
    group.push(range);
    bytes += size;
    separator ??= range.separator;
  }
  flush();
  return parts;
}
