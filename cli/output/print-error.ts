import { errorColours } from "./colours.ts";
import { judge } from "../../shared/errors/judge.ts";
import { unknownPattern } from "../../shared/errors/patterns.ts";
import { withCommandsFor } from "../../shared/text/command-for.ts";
import { printAnswer } from "./print-answer.ts";
import { say } from "./say.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Prints an error for the operator: what, where and the next step on stderr;
 * with `json` also one JSON object `{error: {code, message, advice}}` on stdout. Commands in the advice have `--stage`.
 */
export function printError(error: unknown, { json, stage }: { json: boolean; stage: string }): void {
  const message = judge(error).error.message;
  const { code, advice: general } = describe(error);
  const advice = general === undefined ? undefined : withCommandsFor(stage, general);
  if (json) printAnswer(true, { error: { code, message, advice } }, () => "");
  say(`${errorColours.red("error")} ${code}: ${message}`);
  if (advice !== undefined) say(`  ${errorColours.bold("next")}: ${advice}`);
  if (code === "UNEXPECTED" && error instanceof Error && process.env["BATON_DEBUG"]) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
}

/** The error's description in the table of errors; UNEXPECTED for unknown errors. */
function describe(error: unknown): { code: string; advice: string | undefined } {
  if (error instanceof UsageError) return { code: "USAGE", advice: error.advice };
  const { pattern, error: judged } = judge(error);
  return pattern === unknownPattern.name
    ? { code: "UNEXPECTED", advice: undefined }
    : { code: pattern, advice: judged.advice };
}
