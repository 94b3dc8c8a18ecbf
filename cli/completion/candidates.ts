import type { Command, Option } from "commander";

/** A word that can come next. */
export interface Candidate {
  value: string;
  description: string;
}

/**
 * The words that can come next in a command line: commands, options, or values of an option or argument. None where only
 * the operator knows the value, such as a file.
 *
 * @param words after the program's name; the last one is being typed and may be empty
 */
export function candidatesFor(program: Command, words: readonly string[]): Candidate[] {
  const typed = words.at(-1) ?? "";
  let command = program;
  let awaited: Option | undefined;
  let operands = 0;
  // bash splits --state=failed into three words
  for (const word of words.slice(0, -1).filter((part) => part !== "=")) {
    if (awaited !== undefined) {
      awaited = undefined;
    } else if (word.startsWith("-")) {
      awaited = optionsOf(command).find(({ long, short, required }) => required && [long, short].includes(word));
    } else {
      const next = command.commands.find((sub) => sub.name() === word);
      if (next === undefined) operands += 1;
      else [command, operands] = [next, 0];
    }
  }
  return found({ command, awaited, operands, typed }).filter(({ value }) => value.startsWith(typed));
}

function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

interface Place {
  command: Command;
  awaited: Option | undefined;
  operands: number;
  typed: string;
}

function found({ command, awaited, operands, typed }: Place): Candidate[] {
  const choice = (value: string): Candidate => ({ value, description: "" });
  if (awaited !== undefined) return (awaited.argChoices ?? []).map(choice);
  if (typed.startsWith("-")) {
    return optionsOf(command).map(({ long, short, description }) => ({ value: long ?? short ?? "", description }));
  }
  const commands = operands === 0 ? command.createHelp().visibleCommands(command) : [];
  return [
    ...commands.map((sub) => ({ value: sub.name(), description: sub.summary() })),
    ...(command.registeredArguments[operands]?.argChoices ?? []).map(choice),
  ];
}
