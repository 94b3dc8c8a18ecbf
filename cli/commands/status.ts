import type { Command } from "commander";
import { PermanentError } from "../../shared/errors/errors.ts";
import { readStatus } from "../../shared/ledger/reads/read-status.ts";
import { commandFor } from "../../shared/text/command-for.ts";
import { printAnswer } from "../output/print-answer.ts";
import { renderStatus } from "../output/print-status.ts";
import { followRun } from "../run/follow-run.ts";
import { openLedgerToRead } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";

interface StatusOptions {
  watch?: boolean;
  json?: boolean;
}

/** `baton status`: a run with its layers, attempts, steps, row counts and durations, from the ledger. */
export function register(program: Command): void {
  program
    .command("status")
    .summary("show a run: layers, attempts, rows, durations, errors")
    .description("Shows a run from the ledger. Without RUN it shows the run that started last.")
    .argument("[run]", "run ID, such as 2026-02-07-1a2b3c4d")
    .option("--watch", "follow the run until it ends; exit 1 if it fails")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton status\n  ./baton status --watch\n  ./baton status 2026-02-07-1a2b3c4d --json",
    )
    .action(async (runId: string | undefined, options: StatusOptions, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerToRead(stage);
      const status = await readStatus(ledger.pool, runId, stage.layers);
      if (status === undefined) {
        throw new PermanentError(
          "RUN_UNKNOWN",
          runId === undefined ? "there is no run yet" : `there is no run ${runId}`,
          {
            kind: "input",
            advice: commandFor(stage.stage, runId === undefined ? "run --dump FILE --watch" : "runs"),
          },
        );
      }
      const shown =
        options.watch === true
          ? await followRun({ pool: ledger.pool, runId: status.run.id, layers: stage.layers, stage: stage.stage })
          : status;
      printAnswer(options.json, shown, () => renderStatus(shown, stage.stage));
      if (options.watch === true && shown.run.state !== "completed") process.exitCode = 1;
    });
}
