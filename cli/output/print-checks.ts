import pc from "picocolors";
import type { Check, CheckState } from "../doctor/check.ts";

const SIGNS: Record<CheckState, string> = {
  ok: pc.green("ok     "),
  warning: pc.yellow("warning"),
  failed: pc.red("failed "),
};

/** The checks for people: one line each, with the fix below what is not well. */
export function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, fix }) => [
    `${SIGNS[state]}  ${name.padEnd(width)}  ${found}`,
    ...(fix === null ? [] : [`         ${" ".repeat(width)}  ${pc.bold("fix")}: ${fix}`]),
  ]);
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const sum = `${count("ok")} ok, ${count("warning")} to look at, ${count("failed")} failed`;
  return [...lines, "", pc.bold(sum)].join("\n");
} // prettier-ignore
