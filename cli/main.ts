import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { commandModules } from "./command-modules.ts";
import { endOptionsAfter } from "./end-options-after.ts";
import { wrapHelp } from "./output/wrap-help.ts";
import { runCommand } from "./run-command.ts";

/**
 * Runs the operator's command line.
 *
 * @param argv arguments after the command name
 * @returns the exit code: 0 success, 1 failure, 2 wrong usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("baton")
    .description("Baton: loads a nightly MySQL dump and builds silver and gold tables from it.")
    .option("--stage <stage>", "environment to use: local, or one in AWS", process.env["BATON_STAGE"] ?? "local")
    .version(await version())
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => process.stdout.write(wrapHelp(text, helpWidth())) })
    .exitOverride()
    .showHelpAfterError("(run with --help for usage)")
    .hook("preAction", useTimeZone);
  for (const load of modulesFor(argv)) (await load()).register(program);
  return runCommand(program, endOptionsAfter("dbt", argv));
}

/** Columns of help; wider lines are hard to read. */
function helpWidth(): number {
  return Math.min(process.stdout.columns ?? 80, 120);
}

/** Commands show times in the source's time zone, as functions do. */
async function useTimeZone(): Promise<void> {
  // imported here, because help and completion need no YAML parser
  const { readSource } = await import("../local/layer-table.ts");
  process.env["BATON_TIME_ZONE"] ??= (await readSource()).timeZone;
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, "../package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Imports only the commands that the arguments name, because importing all of them is slow. Imports all for help. */
function modulesFor(argv: readonly string[]): (typeof commandModules)[string][] {
  const named = Object.entries(commandModules).filter(([name]) => argv.includes(name));
  // what completes the first word needs all commands
  const isAll = named.every(([name]) => name === "completion");
  return isAll ? Object.values(commandModules) : named.map(([, load]) => load);
}
