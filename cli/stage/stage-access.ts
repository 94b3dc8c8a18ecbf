import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import type { ExpectedTarget } from "../../shared/warehouse/identity/judge-target.ts";

/** A deployed stage, as the operator's command reaches it. */
export interface StageAccess {
  stage: string;
  bus: string;
  bucket: string;
  /** Names of the layers, in the order of the layer table. */
  layers: string[];
  replayFunction: string;
  /** Address of the queue that keeps the alerts of 14 days. */
  alertsQueue: string;
  warehouse: WarehouseConfig;
  /** Who writes: `<account>/<region>/<stage>`. */
  deployment: string;
  /** Fingerprint that the deployment expects of the warehouse; undefined where none was given. */
  targetFingerprint: string | undefined;
  /** Options for other SDK clients: where the environment is and how to sign in. */
  clientOptions: { endpoint?: string; region?: string; credentials?: { accessKeyId: string; secretAccessKey: string } };
  eventBridge: EventBridgeClient;
  s3: S3Client;
  lambda: LambdaClient;
  sqs: SQSClient;
  secrets: SecretsManagerClient;
}

/** The warehouse that the stage was deployed for. */
export function expectedBy({
  deployment,
  targetFingerprint,
}: Pick<StageAccess, "deployment" | "targetFingerprint">): ExpectedTarget {
  return { deployment, fingerprints: { "the deployment (parameter targetFingerprint)": targetFingerprint } };
}
