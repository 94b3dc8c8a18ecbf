import { Command } from "commander";
import { commandModules } from "../../../cli/command-modules.ts";
import { candidatesFor } from "../../../cli/completion/candidates.ts";

describe("the words that can come next", () => {
  const program = new Command("baton").option("--stage <stage>").configureHelp({ showGlobalOptions: true });

  beforeAll(async () => {
    for (const load of Object.values(commandModules)) (await load()).register(program);
  });

  it.each([
    ["d", ["doctor", "dlq", "dbt"]],
    ["dlq li", ["list"]],
    ["--stage prod dlq p", ["purge"]],
    ["runs --state ", ["waiting", "running", "completed", "failed", "superseded", "cancelled"]],
    ["runs --state = fa", ["failed"]],
    ["dlq list --l", ["--layer", "--limit"]],
    ["dlq list silver --st", ["--stage"]],
    ["run --dump ", []],
    ["completion ", ["bash", "zsh", "fish", "help"]],
    ["nothing like this ", []],
  ])("are of the place: %s", (line, expected) => {
    expect(candidatesFor(program, line.split(" ")).map(({ value }) => value)).toEqual(expected);
  });

  it("say what they do", () => {
    expect(candidatesFor(program, ["stat"])).toEqual([
      { value: "status", description: "show a run: layers, attempts, rows, durations, errors" },
    ]);
  });
});
