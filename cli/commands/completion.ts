import type { Command } from "commander";
import { candidatesFor } from "../completion/candidates.ts";
import { shells } from "../completion/shells.ts";

/** `baton completion`: scripts with which a shell completes commands, options and their values. */
export function register(program: Command): void {
  const completion = program
    .command("completion")
    .summary("print the script that completes commands in bash, zsh or fish")
    .description("Completes commands, options and values of ./baton, which may be typed with any path.")
    .addHelpText(
      "after",
      `\nExamples:\n${Object.values(shells)
        .map(({ load, startFile }) => `  ${load.padEnd(38)}# for ever: this line in ${startFile}`)
        .join("\n")}`,
    );
  for (const [shell, { script, load, startFile }] of Object.entries(shells)) {
    completion
      .command(shell)
      .summary(`print the script for ${shell}`)
      .addHelpText("after", `\nExamples:\n  ${load}\n\nFor every new shell, add this line to ${startFile}.`)
      .action(() => void process.stdout.write(`${script}\n`));
  }
  completion
    .command("words", { hidden: true })
    .description("Prints the words that can come next; the scripts call it.")
    .argument("[words...]", "the words after ./baton, up to the one that is being typed")
    .addHelpText("after", "\nExamples:\n  ./baton completion words -- dlq l")
    .action((words: string[]) => {
      const lines = candidatesFor(program, words).map(({ value, description }) => `${value}\t${description}\n`);
      process.stdout.write(lines.join(""));
    });
}
