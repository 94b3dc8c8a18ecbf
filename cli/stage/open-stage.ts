import { CloudFormationClient, DescribeStacksCommand, type Output } from "@aws-sdk/client-cloudformation";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { readLayerTable } from "../../local/layer-table.ts";
import { parseEnvironment } from "../../shared/config/function-config.ts";
import { warehouseEnvironmentSchema } from "../../shared/config/warehouse-config.ts";
import { readWarehouseConfig } from "../../shared/warehouse/connection/read-warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { LOCAL_STAGE } from "../../shared/text/command-for.ts";
import type { StageAccess } from "./stage-access.ts";

/**
 * Finds a deployed environment: the local stack, or a stack in the AWS account of the current credentials.
 *
 * @throws PermanentError LOCAL_STACK_DOWN or STAGE_NOT_DEPLOYED with the command that helps
 */
export async function openStage(stage: string): Promise<StageAccess> {
  const layers = (await readLayerTable()).map(({ name }) => name);
  if (stage !== LOCAL_STAGE) return openAwsStage(stage, layers);
  const { openLocalStage } = await import("./local-stage.ts");
  return openLocalStage(layers);
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
    clientOptions: {},
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
    // CloudFormation has no specific error for a missing stack
    if (!(error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist"))) {
      throw error;
    }
    throw notDeployed(stage, `there is no stack baton-${stage} in this account and region`, error);
  }
}
