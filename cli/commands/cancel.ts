import type { Command } from "commander";
import { cancelRun } from "../../shared/ledger/claims/cancel-run.ts";
import { publishOutbox } from "../../shared/ledger/claims/outbox.ts";
import { printAnswer } from "../output/print-answer.ts";
import { openLedgerOf } from "../stage/open-ledger-of.ts";
import { openStage } from "../stage/open-stage.ts";
import { withClients } from "../stage/stage-clients.ts";

/** `baton cancel`: ends a waiting or running run without publishing it. */
export function register(program: Command): void {
  program
    .command("cancel")
    .summary("cancel a waiting or running run")
    .description(
      "Cancels a run. Live tables do not change. A running layer stops at its next heartbeat, and the next waiting run " +
        "starts. To continue the run later, request it again: ./baton run --date DAY",
    )
    .argument("<run>", "run ID, such as 2026-02-07-1a2b3c4d")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton cancel 2026-02-07-1a2b3c4d\n  ./baton cancel 2026-02-07-1a2b3c4d --json",
    )
    .action(async (runId: string, options: { json?: boolean }, command: Command) => {
      const stage = await openStage(command.optsWithGlobals<{ stage: string }>().stage);
      await using ledger = await openLedgerOf(stage);
      const previousState = await cancelRun(ledger.pool, runId, stage.layers.at(-1) ?? "");
      // starts the next run now instead of at the next sweep
      await publishOutbox(ledger.pool, withClients(stage)).catch(() => 0);
      printAnswer(options.json, { run: { id: runId, state: "cancelled", previousState } }, () =>
        previousState === "running" ? `cancelled run ${runId}` : `cancelled run ${runId}, which was waiting`,
      );
    });
}
