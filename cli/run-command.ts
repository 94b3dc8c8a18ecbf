import { CommanderError, type Command } from "commander";
import { printError } from "./output/print-error.ts";
import { Interrupted } from "./interrupted.ts";
import { explainAwsAccess } from "./stage/explain-aws-access.ts";
import { say } from "./output/say.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Runs a program's command line and prints its error.
 *
 * @param program with `exitOverride()`, which its commands inherit only when they are added later
 * @param argv arguments after the program's name
 * @returns the exit code: 0 success, 1 failure, 2 wrong usage, 130 interrupted
 */
export async function runCommand(program: Command, argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(argv, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Interrupted) {
      say(error.message);
      return error.exitCode;
    }
    printError(explainAwsAccess(error), {
      json: argv.includes("--json"),
      stage: program.opts<{ stage?: string }>().stage ?? "local",
    });
    return error instanceof UsageError ? 2 : 1;
  }
}
