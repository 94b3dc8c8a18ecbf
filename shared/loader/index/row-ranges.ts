import type { InsertShape, RowRange } from "./dump-index.ts";
import type { Insert } from "../lexer/statement-scanner.ts";

/** Statements smaller than this are read together: a range for each would fill the memory. */
const SMALL_STATEMENT = 16 * 1024;
/** Longest run of statements in one range, bytes. */
const MAX_RANGE = 8 * 1024 * 1024;

/** Collects where a table's rows stand. */
export class RowRanges {
  readonly ranges: RowRange[] = [];
  private canExtend = false;

  /** Other statements came between: the next INSERT begins a range of its own. */
  interrupt(): void {
    this.canExtend = false;
  }

  /** Adds the rows of an INSERT. */
  add(insert: Insert, shape: InsertShape): void {
    const { head, statementEnd, rows } = insert;
    const { line } = head;
    const isSmall = statementEnd - head.start < SMALL_STATEMENT;
    if (insert.isCanonical && !isSmall) {
      const { start, end } = insert;
      this.ranges.push({ start: start + 1, end: end - 1, line, rows, shape, separator: insert.separator ?? "" });
      this.canExtend = false;
      return;
    }
    const last = this.ranges.at(-1);
    if (this.canExtend && last !== undefined && last.shape === shape && statementEnd - last.start <= MAX_RANGE) {
      last.end = statementEnd;
      last.rows += rows;
      return;
    }
    this.ranges.push({ start: head.start, end: statementEnd, line, rows, shape, separator: undefined });
    this.canExtend = true;
  }
}
