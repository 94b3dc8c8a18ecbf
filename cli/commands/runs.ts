import { InvalidArgumentError, type Command } from "commander";
import { listRuns } from "../../shared/ledger/read-status.ts";
import { renderRuns } from "../output/print-status.ts";
import { openLedgerOf } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("expected a whole number above 0");
  return number;
}

/** `baton runs`: the newest runs. */
export function register(program: Command): void {
  program
    .command("runs")
    .summary("list runs, newest first")
    .option("--limit <n>", "how many", positive, 30)
    .option("--json", "print JSON for machines")
    .addHelpText("after", "\nExamples:\n  ./baton runs\n  ./baton runs --limit 5 --json")
    .action(async (options: { limit: number; json?: boolean }, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerOf(stage);
      const runs = await listRuns(ledger.pool, options.limit);
      process.stdout.write(`${options.json === true ? JSON.stringify(runs) : renderRuns(runs)}\n`);
    });
}
