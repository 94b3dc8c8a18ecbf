import type { IndexedTable, InsertShape, RowRange } from "../index/dump-index.ts";
import type { RowSeparator } from "../lexer/values-scanner.ts";

/** Rows that one statement loads, committed together with the note that they are in. */
export interface TablePart {
  /** From 0, in the order of the dump. */
  number: number;
  ranges: readonly RowRange[];
  shape: InsertShape;
  separator: RowSeparator;
  rows: number;
  bytes: number;
}

/** Rows of about this many bytes are one transaction: short enough to lose, long enough not to wait for commits. */
const PART_BYTES = 32 * 1024 * 1024;

/**
 * Cuts a table's rows into parts. It depends on the rows alone, so that a later attempt, which finds the same content
 * hash, finds the same parts.
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
