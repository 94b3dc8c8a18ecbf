import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import type { Command } from "commander";
import { readSource } from "../../local/layer-table.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { BatonError } from "../../shared/errors/errors.ts";
import { failed, type Check } from "../doctor/check.ts";
import { runDoctor } from "../doctor/run-doctor.ts";
import { printAnswer } from "../output/print-answer.ts";
import { renderChecks } from "../output/print-checks.ts";
import { explainAwsAccess } from "../stage/explain-aws-access.ts";
import { openStage } from "../stage/open-stage.ts";
import { withClients } from "../stage/stage-clients.ts";

/** `baton doctor`: checks everything that a run needs, and shows a fix for each problem. */
export function register(program: Command): void {
  program
    .command("doctor")
    .summary("check everything that a run needs, and show how to fix problems")
    .description(
      "Checks credentials, stack, queues and their visibility, rules, schedule, functions, DLQ messages, alert subscriptions, warehouse, the grants of its users, its identity and " +
        "parameters, ledger, freshness, leftovers and versions. Changes nothing. A check that cannot run counts as failed.",
    )
    .option("--json", "print JSON: {checks: [{name, state, found, fix}]}")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton doctor\n  ./baton doctor --json | jq '.checks[] | select(.state != \"ok\")'\n\nThe exit code is 1 if a check fails; if there are only warnings, it is 0.",
    ) // prettier-ignore
    .action(async (options: { json?: boolean }, command: Command) => {
      const checks = await diagnose(command.optsWithGlobals<{ stage: string }>().stage);
      printAnswer(options.json, { checks }, () => renderChecks(checks, process.stdout.columns));
      process.exitCode = checks.some(({ state }) => state === "failed") ? 1 : 0;
    });
}

async function diagnose(stage: string): Promise<Check[]> {
  try {
    const access = withClients(await openStage(stage));
    const { clientOptions } = access;
    return await runDoctor({
      ...access,
      cloudFormation: new CloudFormationClient(clientOptions),
      scheduler: new SchedulerClient(clientOptions),
      sns: new SNSClient(clientOptions),
      checkout: projectRoot,
      python: join(batonHome, "venv/bin/python"),
      now: new Date(),
      deadline: (await readSource()).deadline,
    });
  } catch (cause) {
    const error = explainAwsAccess(cause);
    const message = error instanceof Error ? error.message : String(error);
    const advice = error instanceof BatonError ? error.advice : undefined;
    return [failed("stage", message, advice ?? "Check the credentials: aws sts get-caller-identity")];
  }
}
