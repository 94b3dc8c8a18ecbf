import pc from "picocolors";
import { BatonError } from "../../shared/errors/errors.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Prints an error for the operator: what, where and the next step on stderr;
 * with `json` also one JSON object `{error: {code, message, advice}}` on stdout.
 */
export function printError(error: unknown, { json }: { json: boolean }): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof BatonError ? error.code : error instanceof UsageError ? "USAGE" : "UNEXPECTED";
  const advice = error instanceof BatonError || error instanceof UsageError ? error.advice : undefined;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, advice } })}\n`);
  process.stderr.write(`${pc.red("error")} ${code}: ${message}\n`);
  if (advice !== undefined) process.stderr.write(`  ${pc.bold("next")}: ${advice}\n`);
  if (code === "UNEXPECTED" && error instanceof Error && process.env["BATON_DEBUG"]) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
}
