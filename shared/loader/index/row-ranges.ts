import type { InsertShape, RowRange } from "./dump-index.ts";
import type { Insert } from "../lexer/statement-scanner.ts";

/** Smaller statements share a range: one range for each would need too much memory. */
const SMALL_STATEMENT = 16 * 1024;
/** Maximum bytes of consecutive statements in one range. */
const MAX_RANGE = 8 * 1024 * 1024;

/** Collects the byte ranges of a table's rows. */
export class RowRanges {
  readonly ranges: RowRange[] = [];
  private canExtend = false;

  /** Ends the current range, because other statements come before the next INSERT. */
  interrupt(): void {
    this.canExtend = false;
  }

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
