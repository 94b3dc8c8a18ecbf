import { Command, CommanderError } from "commander";
import { commandModules } from "./command-modules.ts";
import { printError } from "./output/print-error.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Runs the operator's command line.
 *
 * @param argv arguments after the command name
 * @returns the exit code: 0 done, 1 failed, 2 wrong use (handbook, design.md section 9)
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("baton")
    .description("Baton: from a nightly MySQL dump to silver and gold tables, by events alone.")
    .option("--stage <stage>", "which deployment to talk to", process.env["BATON_STAGE"] ?? "local")
    .exitOverride()
    .showHelpAfterError("(run with --help for usage)");
  for (const load of modulesFor(argv)) (await load()).register(program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(error, { json: argv.includes("--json"), stage: program.opts<{ stage: string }>().stage });
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Only the commands that the line names: importing all takes longer than many of them run. All of them for help. */
function modulesFor(argv: readonly string[]): (typeof commandModules)[string][] {
  const named = argv.flatMap((word) => (Object.hasOwn(commandModules, word) ? [commandModules[word]] : []));
  const found = named.filter((load) => load !== undefined);
  return found.length > 0 ? found : Object.values(commandModules);
}
