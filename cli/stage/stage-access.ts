import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import type { ExpectedTarget } from "../../shared/warehouse/identity/judge-target.ts";

/** What a command needs to work with a deployed environment. */
export interface StageAccess {
  stage: string;
  bus: string;
  bucket: string;
  /** Names of the layers, in the order of the layer table. */
  layers: string[];
  replayFunction: string;
  /** URL of the alerts queue, which retains alerts for 14 days. */
  alertsQueue: string;
  warehouse: WarehouseConfig;
  /** The writer: `<account>/<region>/<stage>`. */
  deployment: string;
  /** Fingerprint of the warehouse that the deployment expects; undefined when none is configured. */
  targetFingerprint: string | undefined;
  /** Options for other SDK clients: endpoint, region and credentials. */
  clientOptions: { endpoint?: string; region?: string; credentials?: { accessKeyId: string; secretAccessKey: string } };
  eventBridge: EventBridgeClient;
  s3: S3Client;
  lambda: LambdaClient;
  sqs: SQSClient;
  secrets: SecretsManagerClient;
}

/** The warehouse that the environment was deployed for. */
export function expectedBy({
  deployment,
  targetFingerprint,
}: Pick<StageAccess, "deployment" | "targetFingerprint">): ExpectedTarget {
  return { deployment, fingerprints: { "the deployment (parameter targetFingerprint)": targetFingerprint } };
}
