import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { StageAccess } from "./stage-access.ts";

/** An environment and the clients for it. */
export interface ClientAccess extends StageAccess {
  eventBridge: EventBridgeClient;
  s3: S3Client;
  lambda: LambdaClient;
  sqs: SQSClient;
  secrets: SecretsManagerClient;
}

/** Adds the clients, whose import takes longer than all else that a command that only reads imports. */
export function withClients(stage: StageAccess): ClientAccess {
  const { clientOptions } = stage;
  return {
    ...stage,
    eventBridge: new EventBridgeClient(clientOptions),
    // the emulator's address is an IP address, which has no subdomains for buckets
    s3: new S3Client({ ...clientOptions, forcePathStyle: clientOptions.endpoint !== undefined }),
    lambda: new LambdaClient(clientOptions),
    sqs: new SQSClient(clientOptions),
    secrets: new SecretsManagerClient(clientOptions),
  };
}
