"use strict";
// Everything but the functions: bus, rules, queues, bucket, schedule, roles, outputs.
const alarms = require("./alarms.cjs");
const alerts = require("./alerts.cjs");
const dashboard = require("./dashboard.cjs");
const { forBucket, forLogGroup, forQueue } = require("./encryption.cjs");
const expandLayers = require("./layers.cjs");
const listenersOf = require("./listeners.cjs");
const { kept, protect } = require("./protection.cjs");
const roles = require("./roles.cjs");
const readSettings = require("./settings.cjs");

const SOURCE = "baton";
const FOURTEEN_DAYS = 14 * 24 * 3600;
const ARCHIVE_DAYS = 30;
const COPY_DAYS = 90;

const arnOf = (id) => ({ "Fn::GetAtt": [id, "Arn"] });

function patternOf({ listensTo, pattern }) {
  if (pattern) return pattern;
  if (!listensTo) return { source: [SOURCE], "detail-type": ["PipelineRequested"] };
  return { source: [SOURCE], "detail-type": ["LayerCompleted"], detail: { data: { layer: [listensTo] } } };
}

/** Retries delivery for a day; what cannot be delivered goes to the rules' own dead-letter queue. */
function target(id, arn, more = {}) {
  return {
    Id: id,
    Arn: arn,
    RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86400 },
    DeadLetterConfig: { Arn: arnOf("RuleDlq") },
    ...more,
  };
}

function queuePolicy(queueId, { rules = [], topics = [] }) {
  const send = (service, sources) => ({
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sqs:SendMessage",
    Resource: arnOf(queueId),
    Condition: { ArnEquals: { "aws:SourceArn": sources } },
  });
  return {
    Type: "AWS::SQS::QueuePolicy",
    Properties: {
      Queues: [{ Ref: queueId }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          ...(rules.length > 0 ? [send("events", rules.map(arnOf))] : []),
          ...(topics.length > 0
            ? [
                send(
                  "sns",
                  topics.map((id) => ({ Ref: id })),
                ),
              ]
            : []),
          {
            Effect: "Deny",
            Principal: "*",
            Action: "sqs:*",
            Resource: arnOf(queueId),
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    },
  };
}

function listenerResources(layer, settings, { rules = [], topics = [] } = {}) {
  const { id } = layer;
  return {
    [`${id}Dlq`]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: layer.dlqName,
        MessageRetentionPeriod: FOURTEEN_DAYS,
        ...forQueue(settings),
        RedriveAllowPolicy: {
          redrivePermission: "byQueue",
          sourceQueueArns: [
            { "Fn::Sub": `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${layer.queueName}` },
          ],
        },
      },
    },
    [`${id}Queue`]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: layer.queueName,
        // Lambda refuses a queue whose visibility is below the function's timeout; the heartbeat shortens it
        VisibilityTimeout: layer.timeoutSeconds,
        MessageRetentionPeriod: 4 * 24 * 3600,
        ...forQueue(settings),
        RedrivePolicy: { deadLetterTargetArn: arnOf(`${id}Dlq`), maxReceiveCount: layer.maxReceiveCount },
      },
    },
    [`${id}QueuePolicy`]: withTls(queuePolicy(`${id}Queue`, { rules: [`${id}Rule`, ...rules], topics }), settings),
    [`${id}Rule`]: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: `baton-${settings.stage}-${layer.name}`,
        Description: `Brings ${layer.name} what it listens to`,
        EventBusName: { Ref: "Bus" },
        EventPattern: patternOf(layer),
        Targets: [target(layer.name, arnOf(`${id}Queue`))],
      },
    },
  };
}

/** The emulator speaks plain HTTP: there the rule against it would shut everybody out. */
function withTls(policy, { isLocal }) {
  if (!isLocal) return policy;
  const document = policy.Properties.PolicyDocument;
  document.Statement = document.Statement.filter(({ Effect }) => Effect === "Allow");
  return policy;
}

/** Dumps hold personal data: copies go after a time, and what was replaced or deleted soon after. */
const lifecycleRules = [
  ...["processed/", "quarantine/"].map((Prefix) => ({
    Id: `expire-${Prefix.slice(0, -1)}`,
    Prefix,
    Status: "Enabled",
    ExpirationInDays: COPY_DAYS,
  })),
  { Id: "expire-old-versions", Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
  { Id: "drop-broken-uploads", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 } },
];

function bucketResources(settings) {
  return {
    Bucket: {
      Type: "AWS::S3::Bucket",
      Properties: {
        BucketName: { "Fn::Sub": `baton-${settings.stage}-\${AWS::AccountId}` },
        VersioningConfiguration: { Status: "Enabled" },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [forBucket(settings)],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: lifecycleRules },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
    },
    ...(settings.isLocal
      ? {}
      : {
          BucketPolicy: {
            Type: "AWS::S3::BucketPolicy",
            Properties: {
              Bucket: { Ref: "Bucket" },
              PolicyDocument: {
                Version: "2012-10-17",
                Statement: [
                  {
                    Effect: "Deny",
                    Principal: "*",
                    Action: "s3:*",
                    Resource: [arnOf("Bucket"), { "Fn::Sub": "${Bucket.Arn}/*" }],
                    Condition: { Bool: { "aws:SecureTransport": "false" } },
                  },
                ],
              },
            },
          },
        }),
  };
}

/** Starts a run as soon as the source has written a manifest: a request in the shape of the event contract. */
function manifestRule(first, settings) {
  return {
    ManifestRule: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: `baton-${settings.stage}-manifest`,
        Description: "Starts a run when a manifest is written",
        State: settings.startOnManifest === "true" ? "ENABLED" : "DISABLED",
        EventPattern: {
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: { bucket: { name: [{ Ref: "Bucket" }] }, object: { key: [{ prefix: "dumps-manifest/" }] } },
        },
        Targets: [
          target("manifest", arnOf(`${first.id}Queue`), {
            InputTransformer: {
              InputPathsMap: { id: "$.id", time: "$.time", key: "$.detail.object.key" },
              InputTemplate:
                `{"source":"${SOURCE}","detail-type":"PipelineRequested","detail":{"metadata":{"eventId":"<id>",` +
                `"schemaVersion":1,"emittedAt":"<time>","stage":"${settings.stage}"},` +
                `"data":{"requestedBy":"manifest","manifestKey":"<key>"}}}`,
            },
          }),
        ],
      },
    },
  };
}

function schedule(settings) {
  return {
    Schedule: {
      Type: "AWS::Scheduler::Schedule",
      Properties: {
        Name: `baton-${settings.stage}-daily`,
        Description: "Asks for the day's run",
        State: settings.scheduleState,
        ScheduleExpression: "cron(0 7 * * ? *)",
        ScheduleExpressionTimezone: "Asia/Tokyo",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: arnOf("Bus"),
          RoleArn: arnOf("ScheduleRole"),
          RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 3600 },
          DeadLetterConfig: { Arn: arnOf("RuleDlq") },
          EventBridgeParameters: { Source: SOURCE, DetailType: "PipelineRequested" },
          Input: JSON.stringify({
            metadata: {
              eventId: "<aws.scheduler.execution-id>",
              schemaVersion: 1,
              emittedAt: "<aws.scheduler.scheduled-time>",
              stage: settings.stage,
            },
            data: { requestedBy: "schedule" },
          }),
        },
      },
    },
  };
}

/** The emulator's CloudFormation lacks archives: there local/deploy.ts makes the same one by the API. */
function archive({ stage, isLocal }) {
  if (isLocal) return {};
  return {
    Archive: {
      Type: "AWS::Events::Archive",
      Properties: {
        ArchiveName: `baton-${stage}`,
        SourceArn: arnOf("Bus"),
        EventPattern: { source: [SOURCE] },
        RetentionDays: ARCHIVE_DAYS,
      },
    },
  };
}

/** The functions' log groups, which serverless makes with the retention of `logRetentionDays`. */
function logGroups(functions, settings) {
  const more = { ...(settings.isProtected && kept), Properties: forLogGroup(settings) };
  return Object.fromEntries(functions.map((name) => [`${name[0].toUpperCase()}${name.slice(1)}LogGroup`, more]));
}

module.exports = async (variables) => {
  const settings = await readSettings(variables);
  const layers = expandLayers(await variables.resolveVariable("self:custom.layers"), settings.stage);
  const first = layers.find(({ listensTo }) => !listensTo);
  const listeners = listenersOf(settings.stage, layers.find(({ isLast }) => isLast).name);
  const withQueues = [...layers, ...Object.values(listeners)];
  const watched = {
    layers,
    queues: [...withQueues.map(({ name }) => name), "rule"],
    functions: [...withQueues.map(({ name }) => name), "sweep", "replay", "pulse"],
  };
  const rules = withQueues.map(({ id }) => `${id}Rule`);
  const outputs = withQueues.flatMap(({ id }) => [
    [`${id}QueueUrl`, { Value: { Ref: `${id}Queue` } }],
    [`${id}DlqUrl`, { Value: { Ref: `${id}Dlq` } }],
  ]);
  return {
    Description: "Baton: nightly dump to staging, silver and gold, by events alone",
    Resources: protect(
      {
        Bus: { Type: "AWS::Events::EventBus", Properties: { Name: `baton-${settings.stage}` } },
        ...archive(settings),
        RuleDlq: {
          Type: "AWS::SQS::Queue",
          Properties: {
            QueueName: `baton-${settings.stage}-rule-dlq`,
            MessageRetentionPeriod: FOURTEEN_DAYS,
            ...forQueue(settings),
          },
        },
        RuleDlqPolicy: withTls(queuePolicy("RuleDlq", { rules: [...rules, "ManifestRule"] }), settings),
        ...Object.assign(
          {},
          ...layers.map((layer) =>
            listenerResources(layer, settings, { rules: layer === first ? ["ManifestRule"] : [] }),
          ),
        ),
        ...listenerResources(listeners.notify, settings, { topics: ["AlarmsTopic"] }),
        ...listenerResources(listeners.refresh, settings),
        ...listenerResources(listeners.console, settings),
        ...listenerResources(listeners.docs, settings),
        ...alerts(settings, (id, sources) => withTls(queuePolicy(id, sources), settings)),
        ...alarms(watched, settings),
        ...dashboard(watched, settings),
        ...bucketResources(settings),
        ...manifestRule(first, settings),
        ...schedule(settings),
        ...roles(layers, listeners, settings),
      },
      settings,
    ),
    extensions: logGroups(watched.functions, settings),
    Outputs: {
      BusName: { Value: { Ref: "Bus" } },
      BusArn: { Value: arnOf("Bus") },
      Deployment: { Value: { "Fn::Sub": `\${AWS::AccountId}/\${AWS::Region}/${settings.stage}` } },
      // an output must not be empty
      ...(settings.targetFingerprint !== "" && { TargetFingerprint: { Value: settings.targetFingerprint } }),
      BucketName: { Value: { Ref: "Bucket" } },
      ReplayFunctionName: { Value: `baton-${settings.stage}-replay` },
      AlertsQueueUrl: { Value: { Ref: "AlertsQueue" } },
      ...Object.fromEntries(outputs),
    },
  };
};
