import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { explainDenials } from "./explain-denials.ts";

/** Clients that a function needs; endpoint and region come from the environment (`AWS_ENDPOINT_URL`, `AWS_REGION`). */
export interface AwsClients {
  eventBridge: EventBridgeClient;
  s3: S3Client;
  sqs: SQSClient;
  secrets: SecretsManagerClient;
}

/** A service that does not answer must not block an attempt until its deadline; each call is tried three times. */
const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

let clients: AwsClients | undefined;

/** The process's clients, created once: connections are reused between invocations. */
export function awsClients(): AwsClients {
  clients ??= {
    eventBridge: explainDenials(new EventBridgeClient({ requestHandler: PATIENCE })),
    s3: explainDenials(
      new S3Client({ requestHandler: PATIENCE, forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined }),
    ),
    // without the flag it calls the host of the queue's URL and ignores the environment's endpoint
    sqs: explainDenials(new SQSClient({ requestHandler: PATIENCE, useQueueUrlAsEndpoint: false })),
    secrets: explainDenials(new SecretsManagerClient({ requestHandler: PATIENCE })),
  };
  return clients;
}
