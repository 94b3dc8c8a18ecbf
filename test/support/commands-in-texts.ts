import { Command, CommanderError } from "commander";
import { commandModules } from "../../cli/command-modules.ts";
import { endOptionsAfter } from "../../cli/end-options-after.ts";
import { register as registerBenchmarks } from "../bench/main.ts";

/** Name of the group of `npm run bench --` commands, which are separate from those of `./baton`. */
const BENCH = "npm-run-bench";

/** A `./baton` command found in a text. */
export interface NamedCommand {
  /** The command as the text has it. */
  text: string;
  /** The words after `./baton`, with placeholders filled in. */
  words: string[];
}

/** Placeholders in texts, each with a valid value. */
const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/^(RUN|<run>)$/, "2026-02-07-1a2b3c4d"],
  [/^(DAY|D|YYYY-MM-DD)$/, "2026-02-07"],
  [/^(N|n)$/, "3"],
];
/** Where a command ends: punctuation after it, a shell operator, or the end of an element. */
const END_OF_COMMAND = /[.,;:)]$/;
const OF_THE_SHELL = /^(\||&&|>|#|\\|<\/.*)$/;
/** Templates that insert a whole command. The inserted command is read where it is written. */
const WHOLE_COMMANDS = /\.\/baton .*\$\{(command|line)\}/;

/** A value for each part that a template inserts. */
function filledIn(text: string): string {
  return (
    text
      .replaceAll(/\$\{\w+ \? "([^"]*)" : "[^"]*"\}/g, "$1")
      // an optional argument or option includes the space before it
      .replaceAll(/(?<=\w)\$\{[^{}]*\}/g, "")
      .replaceAll(/\$\{[^{}]*\}/g, (part) => (/date|day|due/i.test(part) ? "2026-02-07" : "silver"))
  );
}

/** Splits a text as a shell does and removes quotes; stops where the command ends. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  // help texts separate columns by several spaces
  const [command = ""] = text.replace("</", " </").split(/ {3,}/);
  for (const [word] of filledIn(command).matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (OF_THE_SHELL.test(word)) break;
    const isLast = END_OF_COMMAND.test(word) && !word.endsWith("...");
    const whole = word
      .replaceAll(/[[\]]/g, "")
      .replace(/(?:\.\.\.|[.,;:)])+$/, "")
      .replaceAll(/^["']|["']$/g, "");
    if (whole !== "") words.push(PLACEHOLDERS.find(([pattern]) => pattern.test(whole))?.[1] ?? whole);
    if (isLast) break;
  }
  return words;
}

/** `dlq list|show` names two commands. */
function alternatives(words: readonly string[]): string[][] {
  const index = words.findIndex((word) => /^[a-z]+(\|[a-z]+)+$/.test(word));
  const choice = words[index];
  if (choice === undefined) return [[...words]];
  return choice.split("|").map((one) => words.with(index, one));
}

/** All commands in a line, each up to the mark that ends it. */
function commandsInLine(line: string): NamedCommand[] {
  return [...line.matchAll(/(\.\/baton|npm run (?:--silent )?bench --) ((?:(?!\.\/baton|`|\\`).)+)/g)].flatMap(
    ([text, program = "", after = ""]) =>
      alternatives(wordsOf(after)).map((words) => ({ text, words: program === "./baton" ? words : [BENCH, ...words] })),
  );
}

/** The commands in a page or a help text. */
export function commandsInPage(page: string): NamedCommand[] {
  // a code span may continue on the next line
  return page
    .replaceAll(/<!--.*?-->/gs, "")
    .replaceAll(/`\.\/baton [^`\n]*\n[^`\n]*`/g, (code) => code.replace(/\n\s*/, " "))
    .split("\n")
    .flatMap(commandsInLine);
}

/** The commands that a source file writes into texts: literally, or through `commandFor`. */
export function commandsInSource(source: string): NamedCommand[] {
  const code = source
    .split("\n")
    // comments are not shown to operators
    .filter((line) => !/^\s*(\/\/|\*|\/\*\*)/.test(line) && !WHOLE_COMMANDS.test(line))
    .join("\n");
  const composed = [...code.matchAll(/(?<![.\w])command(?:For)?\((?:[\w.()]+, )?(["`])((?:(?!\1\)).)+)\1\)/g)];
  const literals = code
    // a concatenated literal continues on the next line
    .replaceAll(/["`] \+\n\s*["`]/g, "")
    .replaceAll(String.raw`\n`, "\n")
    .split("\n")
    .map((line) => filledIn(line).replace(/(?<=\.\/baton.*)(["'`])(?:,| :|;|\)|\]|\}| \+).*$/, ""));
  return [
    ...composed.flatMap(([text, , command = ""]) => alternatives(wordsOf(command)).map((words) => ({ text, words }))),
    ...literals.flatMap(commandsInLine),
  ];
}

function doNothing(program: Command): void {
  for (const command of program.commands) {
    doNothing(command);
    const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0;
    if (!isGroup) command.action(() => undefined);
  }
}

/** Names of all commands, including subcommands. */
function pathsOf({ commands }: Command): string[][] {
  return commands.flatMap((command) => [
    [command.name()],
    ...pathsOf(command).map((path) => [command.name(), ...path]),
  ]);
}

/** Parses command lines as the operator's command does, without running anything. */
export class CommandParser {
  /** @returns the error in a command line; undefined if it is valid */
  async problemOf(words: readonly string[]): Promise<string | undefined> {
    const { errors, isRight } = await this.#parse(words);
    return isRight ? undefined : errors;
  }

  /** The help texts of all commands. */
  async helpTexts(): Promise<string[]> {
    return (await this.helps()).map(({ text }) => text);
  }

  /** The help texts of the commands of `./baton`, with the command's words. */
  async helpsOfBaton(): Promise<{ command: string; text: string }[]> {
    return (await this.helps()).filter(({ command }) => !command.startsWith(BENCH));
  }

  private async helps(): Promise<{ command: string; text: string }[]> {
    const { program } = await this.#parse([]);
    return Promise.all(
      pathsOf(program).map(async (path) => ({
        command: path.join(" "),
        text: (await this.#parse([...path, "--help"])).output,
      })),
    );
  }

  async #parse(words: readonly string[]) {
    const texts = { errors: "", output: "" };
    const program = new Command("baton")
      .option("--stage <stage>")
      .configureHelp({ showGlobalOptions: true })
      .exitOverride()
      .configureOutput({ writeErr: (text) => (texts.errors += text), writeOut: (text) => (texts.output += text) });
    for (const load of Object.values(commandModules)) (await load()).register(program);
    registerBenchmarks(program.command(BENCH));
    doNothing(program);
    const isRight = await program.parseAsync(endOptionsAfter("dbt", words), { from: "user" }).then(
      () => true,
      // a command group prints its help
      (error: unknown) => error instanceof CommanderError && error.code.startsWith("commander.help"),
    );
    return { ...texts, program, isRight };
  }
}
