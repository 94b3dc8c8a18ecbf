// Encryption of data at rest: with keys of AWS, or with the environment's KMS key (deploy/key.yml creates one).
import type { ResourceParts, Resources, Statement } from "./cloudformation.ts";
import { allow, policy } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";

type Key = Pick<Settings, "kmsKeyArn">;

/**
 * Queues request a new data key this often; a longer time means fewer requests to KMS.
 *
 * @see SQS Developer Guide, "Data key reuse"
 */
const DATA_KEY_SECONDS = 3600;

/** Encryption properties of a queue. */
export function forQueue({ kmsKeyArn }: Key) {
  return kmsKeyArn === ""
    ? { SqsManagedSseEnabled: true }
    : { KmsMasterKeyId: kmsKeyArn, KmsDataKeyReusePeriodSeconds: DATA_KEY_SECONDS };
}

/** Encryption properties of a log group. */
export function forLogGroup({ kmsKeyArn }: Key) {
  return kmsKeyArn === "" ? {} : { KmsKeyId: kmsKeyArn };
}

/** With a KMS key, the bucket uses a bucket key: a KMS request for each object would cost more than the objects. */
function forBucket({ kmsKeyArn }: Key) {
  const rule =
    kmsKeyArn === ""
      ? { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }
      : {
          ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: kmsKeyArn },
          BucketKeyEnabled: true,
        };
  return { BucketEncryption: { ServerSideEncryptionConfiguration: [rule] } };
}

function forTable({ kmsKeyArn }: Key) {
  return kmsKeyArn === "" ? {} : { SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: kmsKeyArn } };
}

function forTopic({ isLocal, kmsKeyArn }: Settings) {
  if (kmsKeyArn !== "") return { KmsMasterKeyId: kmsKeyArn };
  return isLocal ? {} : { KmsMasterKeyId: { Ref: "AlertsKey" } };
}

/** Encryption of the resources in serverless/resources/*.yml. */
export function encryption(settings: Settings): ResourceParts {
  return {
    Bucket: { Properties: forBucket(settings) },
    RuleDlq: { Properties: forQueue(settings) },
    AlertsQueue: { Properties: forQueue(settings) },
    AlarmsTopic: { Properties: forTopic(settings) },
    AlertsTopic: { Properties: forTopic(settings) },
    Incidents: { Properties: forTable(settings) },
  };
}

/**
 * CloudWatch can publish to an encrypted topic only with a customer-managed key.
 *
 * @see CloudWatch User Guide, "Notifying users"
 */
export function alertsKey({ isLocal, stage, kmsKeyArn }: Settings): Resources {
  if (isLocal || kmsKeyArn !== "") return {};
  const statements: Statement[] = [
    {
      Sid: "Administration",
      Effect: "Allow",
      Principal: { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "AlarmsPublish",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
    },
  ];
  return {
    AlertsKey: {
      Type: "AWS::KMS::Key",
      Properties: { Description: `Topics of baton-${stage}`, EnableKeyRotation: true, KeyPolicy: policy(statements) },
    },
  };
}

/** The right to receive messages, and to read objects and secrets. */
export function readByKey({ kmsKeyArn }: Key): Statement[] {
  return kmsKeyArn === "" ? [] : [allow(["kms:Decrypt"], kmsKeyArn)];
}

/** The right to send messages and to write objects: SQS and S3 check a new data key by decrypting it. */
export function writeByKey({ kmsKeyArn }: Key): Statement[] {
  return kmsKeyArn === "" ? [] : [allow(["kms:Decrypt", "kms:GenerateDataKey"], kmsKeyArn)];
}
