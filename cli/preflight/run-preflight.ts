import { z } from "zod";
import { attempt } from "../doctor/attempt.ts";
import { ok, warning, type Check } from "../doctor/check.ts";
import type { Aws } from "./aws.ts";
import {
  checkConcurrency,
  checkImage,
  checkKey,
  checkOidcProvider,
  checkPlace,
  checkSecrets,
} from "./check-account.ts";
import { checkChangeSet, readDeployed } from "./check-change-set.ts";
import { checkNames } from "./check-names.ts";
import { checkNetwork } from "./check-network.ts";
import type { PreflightPorts } from "./preflight-ports.ts";
import type { PackagedTemplate } from "./template.ts";

/** Checks that the emulator cannot answer, with the reason. */
const NOT_ON_THE_EMULATOR: Readonly<Record<string, string>> = {
  image: "a local environment has no image",
  network: "the functions of a local environment have no network",
  "network interfaces": "the emulator has no quotas",
};

/** The environment to check. */
export interface PreflightRequest {
  stage: string;
  aws: Aws;
  isEmulator: boolean;
  package: () => Promise<PackagedTemplate>;
}

/**
 * Checks before a deployment, with the credentials that deploy: settings, account, limits, and the template by a change set.
 * A check that cannot run counts as failed.
 */
export async function runPreflight(request: PreflightRequest): Promise<Check[]> {
  const { stage, aws } = request;
  const settings = `deploy/${stage}.env: docs/deploy.md, step 1`;
  let template: PackagedTemplate | undefined;
  const packaged = await attempt("settings", async () => {
    template = await request.package();
    return ok("settings", `the template has ${template.resources.length} resources`);
  }, settings); // prettier-ignore
  let place: { account: string; region: string } | undefined;
  const identity = await attempt("credentials", async () => {
    const caller = await aws(z.looseObject({ Account: z.string(), Arn: z.string() }), "sts", "get-caller-identity");
    const region = process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
    if (region === undefined) throw new Error("AWS_REGION is not set");
    place = { account: caller.Account, region };
    return ok("credentials", caller.Arn);
  }, "Set AWS_REGION and AWS_PROFILE, or sign in: aws sts get-caller-identity"); // prettier-ignore
  if (template === undefined || place === undefined) return [...packaged, ...identity];
  const checks = await checkAll({ stage, aws, template, ...place });
  const shown = request.isEmulator ? checks.map(onEmulator) : checks;
  return [...packaged, ...identity, ...shown];
}

async function checkAll(ports: PreflightPorts): Promise<Check[]> {
  const rights = "Check what the credentials may read: the first deployment is an administrator's (docs/deploy.md, step 1)";
  const steps: [name: string, check: () => Promise<Check | Check[]>][] = [
    ["account and region", () => Promise.resolve(checkPlace(ports))],
    ["Lambda concurrency", () => checkConcurrency(ports)],
    ["secrets", () => checkSecrets(ports)],
    ["image", () => checkImage(ports)],
    ["KMS key", () => checkKey(ports)],
    ["network", () => checkNetwork(ports)],
    ["OIDC provider", () => checkOidcProvider(ports)],
    ["names", async () => checkNames(ports, await readDeployed(ports))],
    ["change set", async () => checkChangeSet(ports, await readDeployed(ports))],
  ];
  return (await Promise.all(steps.map(([name, check]) => attempt(name, check, rights)))).flat();
} // prettier-ignore

function onEmulator(check: Check): Check {
  const reason = NOT_ON_THE_EMULATOR[check.name];
  return reason === undefined ? check : warning(check.name, `not checked: ${reason}`, "Run it in an AWS account.");
}
