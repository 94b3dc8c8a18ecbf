import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { CommandParser, commandsInPage, commandsInSource, type NamedCommand } from "../../support/commands-in-texts.ts";

/** Pages for readers, except decisions, which describe the past. */
const PAGES = ["README.md", "docs", "dbt/README.md", "local/sample/README.md", "test/oracle/README.md"];
/** Folders whose sources contain texts for people. */
const SOURCES = ["cli", "events", "functions", "local", "shared", "serverless"];

async function filesIn(folder: string, ending: RegExp): Promise<string[]> {
  const path = join(projectRoot, folder);
  if (ending.test(folder)) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ending.test(entry.name) && !entry.parentPath.includes("/docs/decisions"))
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function commandsOf(
  places: readonly string[],
  ending: RegExp,
  commandsIn: (text: string) => NamedCommand[],
): Promise<(NamedCommand & { file: string })[]> {
  const files = (await Promise.all(places.map((place) => filesIn(place, ending)))).flat();
  const found = await Promise.all(
    files.map(async (file) => commandsIn(await readFile(file, "utf8")).map((command) => ({ ...command, file }))),
  );
  return found.flat();
}

describe("the commands in texts", () => {
  const parser = new CommandParser();

  async function wrongOnes(commands: readonly (NamedCommand & { file: string })[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const { file, text, words } of commands) {
      const problem = await parser.problemOf(words);
      if (problem !== undefined) wrong.push(`${file}: ${text} (${words.join(" ")}): ${problem}`);
    }
    return wrong;
  }

  it("of pages exist, with these arguments and options", async () => {
    const commands = await commandsOf(PAGES, /\.md$/, commandsInPage);

    expect(await wrongOnes(commands)).toEqual([]);
    expect(commands.length).toBeGreaterThan(100);
  });

  it("of errors, alerts, checks and help exist, with these arguments and options", async () => {
    const commands = await commandsOf(SOURCES, /\.(ts|cjs)$/, commandsInSource);

    expect(await wrongOnes(commands)).toEqual([]);
    expect(commands.length).toBeGreaterThan(100);
  });

  it("of every command's help are valid", async () => {
    const helps = await parser.helpTexts();
    const commands = helps.flatMap((text) => commandsInPage(text).map((command) => ({ ...command, file: "--help" })));

    expect(await wrongOnes(commands)).toEqual([]);
    expect(helps.length).toBeGreaterThan(20);
    expect(commands.length).toBeGreaterThan(60);
  });

  it("have help with an example, and with --stage", async () => {
    const helps = await parser.helpsOfBaton();
    const lacking = helps.filter(
      ({ command, text }) => !new RegExp(String.raw`\./baton .*\b${command}\b`).test(text) || !text.includes("--stage"),
    );

    expect(lacking.map(({ command }) => command)).toEqual([]);
    expect(helps.length).toBeGreaterThan(20);
  });

  it("delete DLQ messages only where the text says so, and then without a second question", async () => {
    const named = [
      ...(await commandsOf(PAGES, /\.md$/, commandsInPage)),
      ...(await commandsOf(SOURCES, /\.(ts|cjs)$/, commandsInSource)),
    ];

    const refused = named.filter(
      ({ words }) =>
        words[0] === "dlq" &&
        words[1] === "purge" &&
        words.length > 2 &&
        !words.some((word) => /^--(yes|dry-run)$/.test(word)),
    );

    expect(refused).toEqual([]);
  });

  it.each([
    ["an unknown command", "./baton dlqs list", /unknown command/],
    ["an unknown subcommand", "./baton dlq shew silver", /unknown command/],
    ["an unknown option", "./baton dlq replay silver --now", /unknown option '--now'/],
    ["an option's missing value", "./baton quality --test", /argument missing/],
    ["a required option that is missing", "./baton quality accept RUN", /required option '--reason/],
    ["an extra argument", "./baton status RUN now", /too many arguments/],
    ["a value of the wrong kind", "./baton runs --limit few", /few/],
  ])("are reported for %s, in a page and in source code", async (_, text, problem) => {
    const [ofPage] = commandsInPage(`Type \`${text}\`, then go on.`);
    const [ofSource] = commandsInSource(`advice: "Repair, then: ${text}",`);

    expect(await parser.problemOf(ofPage?.words ?? [])).toMatch(problem);
    expect(await parser.problemOf(ofSource?.words ?? [])).toMatch(problem);
  });
});
