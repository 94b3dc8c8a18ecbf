import { colours } from "./colours.ts";
import { formatMany } from "../../shared/text/format.ts";
import { visibleText } from "../../shared/text/visible-text.ts";
import type { Check, CheckState } from "../doctor/check.ts";
import { wrapText } from "./wrap-text.ts";

const SIGNS: Record<CheckState, string> = {
  ok: colours.green("ok     "),
  warning: colours.yellow("warning"),
  failed: colours.red("failed "),
};
/** Widths of the longest symbol and of the gap between columns. */
const [SIGN_WIDTH, GAP] = [7, 2];
/** In narrower columns each word would need its own line. */
const LEAST_WIDTH = 40;

/**
 * The checks as text: what was found and, below each problem, its fix.
 *
 * @param columns width of the terminal; without it lines are not wrapped
 */
export function renderChecks(checks: readonly Check[], columns: number | undefined): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const indent = SIGN_WIDTH + nameWidth + 2 * GAP;
  const width = columns === undefined ? Infinity : Math.max(LEAST_WIDTH, columns - indent);
  const under = (text: string): string => wrapText(visibleText(text), width).join(`\n${" ".repeat(indent)}`);
  const lines = checks.flatMap(({ name, state, found, fix }) => [
    `${SIGNS[state]}  ${name.padEnd(nameWidth)}  ${under(found)}`,
    // a wrapped command could not be copied
    ...(fix === null ? [] : [`${" ".repeat(indent)}${colours.bold("fix")}: ${visibleText(fix)}`]),
  ]);
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const sum = `${count("ok")} ok, ${formatMany(count("warning"), "warning")}, ${count("failed")} failed`;
  return [...lines, "", colours.bold(sum)].join("\n");
}
