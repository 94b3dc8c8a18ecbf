import { Option, type Command } from "commander";
import { listRuns } from "../../shared/ledger/reads/read-status.ts";
import { runStateSchema, type RunState } from "../../shared/ledger/schema/states.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { parseBusinessDate } from "../parse-business-date.ts";
import { wholeNumber } from "../parse-whole-number.ts";
import { renderRuns } from "../output/print-status.ts";
import { openLedgerToRead } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";

interface RunsOptions {
  limit: number;
  state?: RunState;
  date?: string;
  json?: boolean;
}

function nothing({ state, date }: RunsOptions, stage: string): string {
  if (state === undefined && date === undefined)
    return `there is no run yet: ${commandFor(stage, "run --dump FILE --watch")}`;
  return `no run ${[state ?? [], date === undefined ? [] : `of ${date}`].flat().join(" ")}`;
}

/** `baton runs`: lists the newest runs. */
export function register(program: Command): void {
  program
    .command("runs")
    .summary("list runs, newest first")
    .addOption(new Option("--state <state>", "only in this state").choices(runStateSchema.options))
    .option("--date <YYYY-MM-DD>", "only of this business date", parseBusinessDate)
    .option("--limit <n>", "show at most this many", wholeNumber(1), 30)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  ./baton runs\n  ./baton runs --limit 5 --json\n  ./baton runs --state failed")
    .action(async (options: RunsOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerToRead(stage);
      const runs = await listRuns(ledger.pool, options.limit, { state: options.state, businessDate: options.date });
      if (options.json === true) process.stdout.write(`${JSON.stringify(runs)}\n`);
      else if (runs.length > 0) process.stdout.write(`${renderRuns(runs, stage.stage)}\n`);
      else process.stdout.write(`${nothing(options, stage.stage)}\n`);
    });
}
