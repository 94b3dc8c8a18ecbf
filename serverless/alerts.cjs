"use strict";
// How alerts reach people: alarms -> topic -> notify's queue; notify -> topic of alerts -> mail and a queue to look at.

const { forQueue, forTable } = require("./encryption.cjs");
const listOf = require("./list-of.cjs");

const arnOf = (id) => ({ "Fn::GetAtt": [id, "Arn"] });
const FOURTEEN_DAYS = 14 * 24 * 3600;

/** CloudWatch may publish to an encrypted topic only by a key of one's own. @see CloudWatch User Guide, "Notifying users" */
function key({ isLocal, stage, kmsKeyArn }) {
  if (isLocal || kmsKeyArn !== "") return {};
  return {
    AlertsKey: {
      Type: "AWS::KMS::Key",
      Properties: {
        Description: `Topics of baton-${stage}`,
        EnableKeyRotation: true,
        KeyPolicy: {
          Version: "2012-10-17",
          Statement: [
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
          ],
        },
      },
    },
  };
}

function keyOfTopics({ isLocal, kmsKeyArn }) {
  if (kmsKeyArn !== "") return { KmsMasterKeyId: kmsKeyArn };
  return isLocal ? {} : { KmsMasterKeyId: { Ref: "AlertsKey" } };
}

function topic(name, settings) {
  return {
    Type: "AWS::SNS::Topic",
    Properties: { TopicName: name, ...keyOfTopics(settings) },
  };
}

/** Alarms of this account may publish, and who may by a role of this account; nobody without TLS. */
function topicPolicy(topicId, { isLocal }) {
  return {
    Type: "AWS::SNS::TopicPolicy",
    Properties: {
      Topics: [{ Ref: topicId }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AlarmsPublish",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: { Ref: topicId },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          },
          ...(isLocal
            ? []
            : [
                {
                  Sid: "TlsOnly",
                  Effect: "Deny",
                  Principal: "*",
                  Action: "sns:Publish",
                  Resource: { Ref: topicId },
                  Condition: { Bool: { "aws:SecureTransport": "false" } },
                },
              ]),
        ],
      },
    },
  };
}

function subscription(topicId, protocol, endpoint, more = {}) {
  return {
    Type: "AWS::SNS::Subscription",
    Properties: { TopicArn: { Ref: topicId }, Protocol: protocol, Endpoint: endpoint, ...more },
  };
}

function mails({ alertEmails }) {
  return Object.fromEntries(
    listOf(alertEmails).map((address, index) => [
      `AlertsMail${index + 1}`,
      subscription("AlertsTopic", "email", address),
    ]),
  );
}

/** @param queuePolicy makes the policy of a queue that the named sources may send to */
module.exports = (settings, queuePolicy) => ({
  ...key(settings),
  AlarmsTopic: topic(`baton-${settings.stage}-alarms`, settings),
  AlarmsTopicPolicy: topicPolicy("AlarmsTopic", settings),
  AlarmsToNotify: subscription("AlarmsTopic", "sqs", arnOf("NotifyQueue"), { RawMessageDelivery: true }),
  AlertsTopic: topic(`dashboard-etl-alerts-${settings.stage}`, settings),
  AlertsTopicPolicy: topicPolicy("AlertsTopic", settings),
  // for `baton alerts`, and for who reads no mail
  AlertsQueue: {
    Type: "AWS::SQS::Queue",
    Properties: {
      QueueName: `baton-${settings.stage}-alerts`,
      MessageRetentionPeriod: FOURTEEN_DAYS,
      ...forQueue(settings),
    },
  },
  AlertsQueuePolicy: queuePolicy("AlertsQueue", { topics: ["AlertsTopic"] }),
  AlertsToQueue: subscription("AlertsTopic", "sqs", arnOf("AlertsQueue"), { RawMessageDelivery: true }),
  ...mails(settings),
  // what is wrong and who was told; outside the warehouse, so that alerts leave when that is down. */
  Incidents: {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      TableName: `baton-${settings.stage}-incidents`,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: settings.isProtected,
      ...forTable(settings),
    },
  },
});
