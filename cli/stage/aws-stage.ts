import { CloudFormationClient, DescribeStacksCommand, type Output } from "@aws-sdk/client-cloudformation";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readLayerTable } from "../../local/layer-table.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { warehouseEnvironmentSchema } from "../../shared/config/warehouse-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { StageAccess } from "./stage-access.ts";

/** Opens a stack in the AWS account of the current credentials. @throws PermanentError STAGE_NOT_DEPLOYED */
export async function openAwsStage(stage: string): Promise<StageAccess> {
  const layers = (await readLayerTable()).map(({ name }) => name);
  const outputs = await outputsOf(stage);
  const output = reader(stage, outputs);
  const environment = parseEnvironment(warehouseEnvironmentSchema, process.env);
  return {
    stage,
    bus: output("BusName"),
    bucket: output("BucketName"),
    layers,
    replayFunction: output("ReplayFunctionName"),
    alertsQueue: output("AlertsQueueUrl"),
    warehouse: await readWarehouseConfig(environment, new SecretsManagerClient({})),
    deployment: output("Deployment"),
    targetFingerprint: outputs.find(({ OutputKey }) => OutputKey === "TargetFingerprint")?.OutputValue,
    clientOptions: {},
  };
}

/** Returns a function that reads an output of a stack by its name. @throws PermanentError STAGE_NOT_DEPLOYED */
export async function readOutputs(stage: string): Promise<(key: string) => string> {
  return reader(stage, await outputsOf(stage));
}

function reader(stage: string, outputs: readonly Output[]): (key: string) => string {
  return (key) => {
    const value = outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    if (value !== undefined) return value;
    throw notDeployed(stage, `stack baton-${stage} has no output ${key}`);
  };
}

function notDeployed(stage: string, message: string, cause?: unknown): PermanentError {
  return new PermanentError("STAGE_NOT_DEPLOYED", message, {
    kind: "target",
    advice: `deploy/deploy ${stage}; if it is deployed, check the account: aws sts get-caller-identity`,
    cause,
  });
}

async function outputsOf(stage: string): Promise<Output[]> {
  try {
    const { Stacks } = await new CloudFormationClient({}).send(
      new DescribeStacksCommand({ StackName: `baton-${stage}` }),
    );
    return Stacks?.[0]?.Outputs ?? [];
  } catch (error) {
    // CloudFormation has no specific error for a missing stack
    if (!(error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist"))) {
      throw error;
    }
    throw notDeployed(stage, `there is no stack baton-${stage} in this account and region`, error);
  }
}
