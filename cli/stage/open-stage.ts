import { CloudFormationClient, DescribeStacksCommand, type Output } from "@aws-sdk/client-cloudformation";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { clientOptions } from "../../local/deploy.ts";
import { readLayerTable } from "../../local/layer-table.ts";
import { LOCAL_STAGE, localStatus, type LocalStatus } from "../../local/stack.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { warehouseEnvironmentSchema } from "../../shared/config/warehouse-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { StageAccess } from "./stage-access.ts";

/**
 * Finds a deployed stage: the stack on this machine, or one in the AWS account of the environment's credentials.
 *
 * @throws PermanentError LOCAL_STACK_DOWN or STAGE_NOT_DEPLOYED with the command that helps
 */
export async function openStage(stage: string): Promise<StageAccess> {
  const layers = (await readLayerTable()).map(({ name }) => name);
  return stage === LOCAL_STAGE ? openLocalStage(layers) : openAwsStage(stage, layers);
}

async function openLocalStage(layers: string[]): Promise<StageAccess> {
  const status = await localStatus();
  if (status === undefined) {
    throw new PermanentError("LOCAL_STACK_DOWN", "the local stack does not run", {
      kind: "target",
      advice: "./baton local up",
    });
  }
  return accessTo(status, layers);
}

/** Access to a stage of the emulator. */
export function accessTo(status: LocalStatus, layers: string[], schemaPrefix = ""): StageAccess {
  const client = clientOptions(status);
  const { host, port } = status.database;
  return {
    stage: status.stage,
    bus: status.bus,
    bucket: status.bucket,
    layers,
    replayFunction: status.replayFunction,
    alertsQueue: status.alertsQueue,
    warehouse: { host, port, ...status.operator, tls: "disabled", schemaPrefix },
    deployment: status.deployment,
    targetFingerprint: status.targetFingerprint,
    eventBridge: new EventBridgeClient(client),
    s3: new S3Client({ ...client, forcePathStyle: true }),
    lambda: new LambdaClient(client),
    sqs: new SQSClient(client),
    secrets: new SecretsManagerClient(client),
  };
}

async function openAwsStage(stage: string, layers: string[]): Promise<StageAccess> {
  const outputs = await outputsOf(stage);
  const output = (key: string): string => {
    const value = outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    if (value !== undefined) return value;
    throw notDeployed(stage, `stack baton-${stage} has no output ${key}`);
  };
  const environment = parseEnvironment(warehouseEnvironmentSchema, process.env);
  const secrets = new SecretsManagerClient({});
  return {
    stage,
    bus: output("BusName"),
    bucket: output("BucketName"),
    layers,
    replayFunction: output("ReplayFunctionName"),
    alertsQueue: output("AlertsQueueUrl"),
    warehouse: await readWarehouseConfig(environment, secrets),
    deployment: output("Deployment"),
    targetFingerprint: outputs.find(({ OutputKey }) => OutputKey === "TargetFingerprint")?.OutputValue,
    eventBridge: new EventBridgeClient({}),
    s3: new S3Client({}),
    lambda: new LambdaClient({}),
    sqs: new SQSClient({}),
    secrets,
  };
}

function notDeployed(stage: string, message: string, cause?: unknown): PermanentError {
  return new PermanentError("STAGE_NOT_DEPLOYED", message, {
    kind: "target",
    advice: `deploy/deploy ${stage}; deployed already? Then look whose account this is: aws sts get-caller-identity`,
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
    // CloudFormation has no error of its own for it
    if (!(error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist"))) {
      throw error;
    }
    throw notDeployed(stage, `there is no stack baton-${stage} in this account and region`, error);
  }
}
