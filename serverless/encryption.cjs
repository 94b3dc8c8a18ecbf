"use strict";
// What encrypts data at rest: AWS's own keys, or the key that the stage names (deploy/key.yml makes one).

/** Queues ask for a new data key this often; longer saves requests to KMS. @see SQS Developer Guide, "Data key reuse" */
const DATA_KEY_SECONDS = 3600;

const forQueue = ({ kmsKeyArn }) =>
  !kmsKeyArn
    ? { SqsManagedSseEnabled: true }
    : { KmsMasterKeyId: kmsKeyArn, KmsDataKeyReusePeriodSeconds: DATA_KEY_SECONDS };

/** By a data key of the bucket's, where a key is named: a request to KMS for each object would cost more than the objects. */
const forBucket = ({ kmsKeyArn }) =>
  !kmsKeyArn
    ? { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }
    : {
        ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: kmsKeyArn },
        BucketKeyEnabled: true,
      };

const forTable = ({ kmsKeyArn }) =>
  !kmsKeyArn ? {} : { SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: kmsKeyArn } };

const forLogGroup = ({ kmsKeyArn }) => (!kmsKeyArn ? {} : { KmsKeyId: kmsKeyArn });

const keyRight =
  (actions) =>
  ({ kmsKeyArn }) =>
    !kmsKeyArn ? [] : [{ Effect: "Allow", Action: actions, Resource: kmsKeyArn }];

/** To receive messages, to read objects and secrets. */
const readByKey = keyRight(["kms:Decrypt"]);

/** To send messages and to write objects: SQS and S3 check a new data key by decrypting it. */
const writeByKey = keyRight(["kms:Decrypt", "kms:GenerateDataKey"]);

module.exports = { forBucket, forLogGroup, forQueue, forTable, readByKey, writeByKey };
