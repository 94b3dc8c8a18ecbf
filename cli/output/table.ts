import { colours } from "./colours.ts";
import { textWidth } from "./terminal-rows.ts";
import { wrapText } from "./wrap-text.ts";

/** How to print a table. */
export interface TableOptions {
  /** Columns of numbers. */
  alignRight?: readonly number[];
  /** Width of the terminal; without it, as in a pipe, every row is one line. */
  columns?: number | undefined;
}

const GAP = "  ";

/**
 * A table with these column headings and no borders, so that it is also readable in a log. The last columns are printed
 * below their row when they do not fit into the terminal: then names and IDs can still be copied.
 */
export function table(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  { alignRight = [], columns = process.stdout.columns }: TableOptions = {},
): string {
  const rows = cells.map((row) => row.map((cell) => cell.replaceAll("\n", " ")));
  const widths = head.map((name, index) => Math.max(...[name, ...rows.map((row) => row[index] ?? "")].map(textWidth)));
  const fitting = countFitting(widths, columns);
  const line = (row: readonly string[]): string =>
    row
      .slice(0, fitting)
      .map((cell, index) => {
        const space = " ".repeat((widths[index] ?? 0) - textWidth(cell));
        return alignRight.includes(index) ? space + cell : cell + space;
      })
      .join(GAP)
      .trimEnd();
  const below = (row: readonly string[]): string[] =>
    row.slice(fitting).flatMap((cell, index) => {
      const name = head[fitting + index] ?? "";
      const text = `${name === "" ? "" : `${name}: `}${cell}`;
      return cell === ""
        ? []
        : wrapText(text, (columns ?? Infinity) - 2 * GAP.length).map((part, at) => GAP.repeat(at === 0 ? 1 : 2) + part);
    });
  return [line(head.map((name) => colours.bold(name))), ...rows.flatMap((row) => [line(row), ...below(row)])].join(
    "\n",
  );
}

/** Number of columns that fit side by side, at least one. */
function countFitting(widths: readonly number[], columns = Infinity): number {
  let width = -GAP.length;
  const first = widths.findIndex((next) => (width += GAP.length + next) > columns);
  return first === -1 ? widths.length : Math.max(1, first);
}
