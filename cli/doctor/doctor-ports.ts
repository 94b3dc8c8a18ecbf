import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";

/** A resource of the deployed stack. */
export interface StackResource {
  id: string;
  type: string;
  physicalId: string;
}

/** The clients and settings that the checks use; real ones also in tests. */
export interface DoctorPorts {
  stage: string;
  bus: string;
  bucket: string;
  layers: readonly string[];
  warehouse: WarehouseConfig;
  /** The writer: `<account>/<region>/<stage>`. */
  deployment: string;
  /** Fingerprint of the warehouse that the deployment expects; undefined when none is configured. */
  targetFingerprint: string | undefined;
  cloudFormation: CloudFormationClient;
  sqs: SQSClient;
  sns: SNSClient;
  eventBridge: EventBridgeClient;
  scheduler: SchedulerClient;
  lambda: LambdaClient;
  s3: S3Client;
  secrets: SecretsManagerClient;
  /** The local checkout, which is compared with the deployment. */
  checkout: string;
  /** Python with dbt on this machine; undefined when dbt runs elsewhere. */
  python: string | undefined;
  now: Date;
  /** Time by which the day's run must be complete, `HH:MM`. */
  deadline: string;
}

/** Formats a command with the `--stage` option of the environment. */
export type CommandFor = (command: string) => string;
