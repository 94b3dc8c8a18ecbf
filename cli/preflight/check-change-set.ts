import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { failed, ok, warning, type Check } from "../doctor/check.ts";
import { isMissing } from "./aws.ts";
import type { PreflightPorts } from "./preflight-ports.ts";

/** The stack as it is deployed; a new environment has no resources. */
export interface DeployedResources {
  /** CloudFormation's state; undefined if there is no stack. */
  status: string | undefined;
  /** Logical IDs. */
  ids: ReadonlySet<string>;
  /** Bucket of the functions' code. */
  codeBucket: string | undefined;
}

const nothing = z.unknown();

/** Reads the stack of the environment. */
export async function readDeployed({ aws, stage }: Pick<PreflightPorts, "aws" | "stage">): Promise<DeployedResources> {
  const stack = ["--stack-name", `baton-${stage}`];
  try {
    const stacks = z.object({ Stacks: z.array(z.looseObject({ StackStatus: z.string() })) });
    const status = (await aws(stacks, "cloudformation", "describe-stacks", ...stack)).Stacks[0]?.StackStatus;
    const summary = z.looseObject({ LogicalResourceId: z.string(), PhysicalResourceId: z.string().optional() });
    const resources = z.object({ StackResourceSummaries: z.array(summary) });
    const { StackResourceSummaries: all } = await aws(resources, "cloudformation", "list-stack-resources", ...stack);
    const codeBucket = all.find(({ LogicalResourceId: id }) => id === "ServerlessDeploymentBucket")?.PhysicalResourceId;
    return { status, ids: new Set(all.map(({ LogicalResourceId: id }) => id)), codeBucket };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { status: undefined, ids: new Set(), codeBucket: undefined };
  }
}

const changeSetSchema = z.object({
  Status: z.string(),
  StatusReason: z.string().optional(),
  Changes: z
    .array(
      z.looseObject({
        ResourceChange: z.object({
          ...{ Action: z.string(), LogicalResourceId: z.string(), Replacement: z.string().optional() },
        }),
      }),
    )
    .default([]),
});

/** Lets CloudFormation check the template by a change set, which is deleted afterwards. Changes nothing. */
export async function checkChangeSet(ports: PreflightPorts, deployed: DeployedResources): Promise<Check> {
  const { aws, stage } = ports;
  const isNew = deployed.status === undefined || deployed.status === "REVIEW_IN_PROGRESS";
  const stack = ["--stack-name", `baton-${stage}`];
  if (/ROLLBACK_COMPLETE|_FAILED$/.test(deployed.status ?? "") && deployed.status !== "UPDATE_ROLLBACK_COMPLETE") {
    const fix = `See its events (aws cloudformation describe-stack-events ${stack.join(" ")}). A failed first deployment: aws cloudformation delete-stack ${stack.join(" ")}`;
    return failed("change set", `baton-${stage} is ${deployed.status ?? ""}: it takes no update`, fix);
  }
  const changeSet = [...stack, "--change-set-name", "baton-preflight"];
  const upload = await uploadTemplate(ports, deployed);
  try {
    const create = ["--change-set-type", isNew ? "CREATE" : "UPDATE", "--capabilities", "CAPABILITY_NAMED_IAM"];
    await aws(nothing, "cloudformation", "create-change-set", ...changeSet, ...create, "--template-url", upload.url);
    return await judge(ports, changeSet);
  } finally {
    await aws(nothing, "cloudformation", "delete-change-set", ...changeSet).catch(() => undefined);
    await deleteEmptyStack(ports);
    await upload.remove();
  }
}

/** The change set of a new stack leaves a stack without resources. Never deletes a stack that was deployed. */
async function deleteEmptyStack({ aws, stage }: PreflightPorts): Promise<void> {
  const { status, ids } = await readDeployed({ aws, stage });
  if (status !== "REVIEW_IN_PROGRESS" || ids.size > 0) return;
  const stack = ["--stack-name", `baton-${stage}`];
  const { Summaries } = await aws(
    z.object({ Summaries: z.array(nothing) }),
    "cloudformation",
    "list-change-sets",
    ...stack,
  );
  if (Summaries.length === 0) await aws(nothing, "cloudformation", "delete-stack", ...stack);
}

/** Waits for the change set. */
async function judge({ aws }: PreflightPorts, changeSet: string[]): Promise<Check> {
  await aws(nothing, "cloudformation", "wait", "change-set-create-complete", ...changeSet).catch(() => undefined);
  const { Status, StatusReason = "", Changes } = await aws(changeSetSchema, "cloudformation", "describe-change-set", ...changeSet); // prettier-ignore
  if (/didn't contain changes|No updates/i.test(StatusReason)) return ok("change set", "nothing to change");
  if (Status !== "CREATE_COMPLETE") {
    return failed("change set", `CloudFormation refuses the template: ${StatusReason}`, "Repair what the message names: serverless.yml, deploy/<environment>.env");
  } // prettier-ignore
  const changes = Changes.map(({ ResourceChange }) => ResourceChange);
  const count = (action: string): number => changes.filter(({ Action }) => Action === action).length;
  const found = `${count("Add")} to add, ${count("Modify")} to change, ${count("Remove")} to remove`;
  const replaced = changes.filter(({ Replacement }) => Replacement === "True").map(({ LogicalResourceId: id }) => id);
  if (replaced.length === 0) return ok("change set", found);
  return warning("change set", `${found}; replaces ${replaced.join(", ")}`, "Check that nothing in them is needed: a replaced resource starts empty");
} // prettier-ignore

function unlessOwned(error: unknown): void {
  if (!(error instanceof Error && error.message.includes("BucketAlreadyOwnedByYou"))) throw error;
}

/** CloudFormation takes large templates only from S3. Before the first deployment there is no bucket for it. */
async function uploadTemplate(
  { aws, stage, account, region, template }: PreflightPorts,
  { codeBucket }: DeployedResources,
): Promise<{ url: string; remove: () => Promise<void> }> {
  const bucket = codeBucket ?? `baton-${stage}-preflight-${account}`;
  const key = "preflight/template.json";
  const folder = await mkdtemp(join(tmpdir(), "baton-preflight-"));
  try {
    await writeFile(join(folder, "template.json"), template.text);
    const place = region === "us-east-1" ? [] : ["--create-bucket-configuration", `LocationConstraint=${region}`];
    // an interrupted call may have left it
    if (codeBucket === undefined)
      await aws(nothing, "s3api", "create-bucket", "--bucket", bucket, ...place).catch(unlessOwned);
    const body = join(folder, "template.json");
    await aws(nothing, "s3api", "put-object", "--bucket", bucket, "--key", key, "--body", body);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    url: `https://s3.${region}.amazonaws.com/${bucket}/${key}`,
    remove: async () => {
      await aws(nothing, "s3api", "delete-object", "--bucket", bucket, "--key", key);
      if (codeBucket === undefined) await aws(nothing, "s3api", "delete-bucket", "--bucket", bucket);
    },
  };
}
