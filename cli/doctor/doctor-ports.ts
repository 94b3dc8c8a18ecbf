import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";

/** A resource of the deployed stack. */
export interface StackResource {
  id: string;
  type: string;
  physicalId: string;
}

/** What the doctor looks at; everything real, also in tests. */
export interface DoctorPorts {
  stage: string;
  bus: string;
  bucket: string;
  layers: readonly string[];
  warehouse: WarehouseConfig;
  /** Who writes: `<account>/<region>/<stage>`. */
  deployment: string;
  /** Fingerprint that the deployment expects of the warehouse; undefined where none was given. */
  targetFingerprint: string | undefined;
  cloudFormation: CloudFormationClient;
  sqs: SQSClient;
  eventBridge: EventBridgeClient;
  scheduler: SchedulerClient;
  lambda: LambdaClient;
  s3: S3Client;
  secrets: SecretsManagerClient;
  /** The checkout that is compared with what is deployed. */
  checkout: string;
  /** Python with dbt on this machine; undefined where dbt runs elsewhere. */
  python: string | undefined;
  now: Date;
}

/** Prints a command for the operator of the stage. */
export type CommandFor = (command: string) => string;
