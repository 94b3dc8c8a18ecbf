import type { Command } from "commander";
import { printAnswer } from "../output/print-answer.ts";
import { renderChecks } from "../output/print-checks.ts";
import { awsCli } from "../preflight/aws.ts";
import { runPreflight } from "../preflight/run-preflight.ts";
import { packageTemplate } from "../preflight/template.ts";

/** `baton preflight`: checks an account before the first deployment. */
export function register(program: Command): void {
  program
    .command("preflight")
    .summary("check settings, account and template before a deployment")
    .description(
      "Checks settings, credentials, account and region, Lambda concurrency, secrets, image, KMS key, network and its quota, OIDC provider, names that are taken, " +
        "and the template by a CloudFormation change set, which it deletes. Deploys nothing. Needs the AWS CLI and deploy/<environment>.env.",
    )
    .option("--json", "print JSON: {checks: [{name, state, found, fix}]}")
    .addHelpText(
      "after",
      "\nExamples:\n  ./baton preflight --stage prod\n  ./baton preflight --stage prod --json | jq '.checks[] | select(.state != \"ok\")'\n\nThe exit code is 1 if a check fails; if there are only warnings, it is 0.",
    ) // prettier-ignore
    .action(async (options: { json?: boolean }, command: Command) => {
      const { stage } = command.optsWithGlobals<{ stage: string }>();
      const checks = await runPreflight({
        ...{ stage, aws: awsCli, package: () => packageTemplate(stage) },
        isEmulator: process.env["AWS_ENDPOINT_URL"] !== undefined,
      });
      printAnswer(options.json, { checks }, () => renderChecks(checks, process.stdout.columns));
      process.exitCode = checks.some(({ state }) => state === "failed") ? 1 : 0;
    });
}
