"use strict";
// One role a function, with the actions and resources that it uses and no others.

const { userOfFunction, userOfLayer } = require("../shared/warehouse/users/user-of-function.ts");
const { writeByKey } = require("./encryption.cjs");
const listOf = require("./list-of.cjs");
const { warehouseAccess } = require("./warehouse.cjs");

const arnOf = (id) => ({ "Fn::GetAtt": [id, "Arn"] });
const allow = (actions, resources) => ({ Effect: "Allow", Action: actions, Resource: resources });

/** What the role may have at the most, where the stage's deployer is held to that. */
const within = ({ permissionsBoundaryArn }) =>
  permissionsBoundaryArn === "" ? {} : { PermissionsBoundary: permissionsBoundaryArn };

function role(name, settings, statements) {
  const logs = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/baton-${settings.stage}-${name}:*`;
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: `baton-${settings.stage}-${name}`,
      ...within(settings),
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      Policies: [
        {
          PolicyName: "own-work",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              allow(["logs:CreateLogStream", "logs:PutLogEvents"], { "Fn::Sub": logs }),
              // X-Ray knows no resources to restrict these to
              allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
              ...statements,
            ],
          },
        },
      ],
    },
  };
}

/** What is done in batches alone: AWS asks for the right to the single action, the emulator for that to the batch. */
function inBatches(actions, { isLocal }) {
  return isLocal ? actions.map((action) => `${action}Batch`) : actions;
}

function layerRole(layer, settings) {
  const objects = (prefix) => ({ "Fn::Sub": `\${Bucket.Arn}/${prefix}*` });
  return role(layer.name, settings, [
    ...pollerAccess(layer),
    ...messageAccess(layer),
    ...writeByKey(settings),
    allow(["events:PutEvents"], arnOf("Bus")),
    ...warehouseAccess(userOfLayer({ isFirst: !layer.listensTo }), settings),
    // only the first layer reads the source's dumps
    ...(layer.listensTo
      ? []
      : [
          allow(["s3:ListBucket"], arnOf("Bucket")),
          // a copy takes an object's tags along
          allow(["s3:GetObject", "s3:GetObjectTagging"], [objects("dumps/"), objects("dumps-manifest/")]),
          allow(["s3:PutObject", "s3:PutObjectTagging"], [objects("processed/"), objects("quarantine/")]),
        ]),
  ]);
}

/** What Lambda does in the role's name to bring a function the messages of its queue. */
function pollerAccess({ id }) {
  return [allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arnOf(`${id}Queue`))];
}

/** What a function does itself that says when a message comes back, and puts aside what will not get better. */
function messageAccess({ id }) {
  return [allow(["sqs:ChangeMessageVisibility"], arnOf(`${id}Queue`)), allow(["sqs:SendMessage"], arnOf(`${id}Dlq`))];
}

function notifyRole({ notify }, settings) {
  return role("notify", settings, [
    ...pollerAccess(notify),
    // an alarm waits in the queue for the layer's event
    allow(["sqs:ChangeMessageVisibility"], arnOf("NotifyQueue")),
    allow(["sns:Publish"], { Ref: "AlertsTopic" }),
    allow(["dynamodb:GetItem", "dynamodb:PutItem"], arnOf("Incidents")),
    // with a key for the stage, the topics have that one
    ...writeByKey(settings),
    ...(settings.isLocal || settings.kmsKeyArn !== ""
      ? []
      : [allow(["kms:Decrypt", "kms:GenerateDataKey"], arnOf("AlertsKey"))]),
    ...(settings.webhookSecretArn ? [allow(["secretsmanager:GetSecretValue"], settings.webhookSecretArn)] : []),
  ]);
}

function refreshRole({ refresh }, settings) {
  const dataSets = listOf(settings.quicksightDataSets);
  const ingestions = dataSets.map((id) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:quicksight:\${AWS::Region}:\${AWS::AccountId}:dataset/${id}/ingestion/*`,
  }));
  return role("refresh", settings, [
    ...pollerAccess(refresh),
    ...messageAccess(refresh),
    ...writeByKey(settings),
    allow(["events:PutEvents"], arnOf("Bus")),
    ...(dataSets.length > 0 ? [allow(["quicksight:CreateIngestion", "quicksight:DescribeIngestion"], ingestions)] : []),
  ]);
}

const inConsole = (key) => ({ "Fn::Sub": `\${Bucket.Arn}/console/${key}` });

function consoleRole({ console: listener }, settings) {
  return role("console", settings, [
    ...pollerAccess(listener),
    ...writeByKey(settings),
    ...warehouseAccess(userOfFunction.console, settings),
    allow(["s3:PutObject"], [inConsole("index.html"), inConsole("runs/*")]),
    allow(["s3:GetObject"], inConsole("dbt-docs.html")),
  ]);
}

function docsRole({ docs }, settings) {
  return role("docs", settings, [
    ...pollerAccess(docs),
    ...writeByKey(settings),
    ...warehouseAccess(userOfFunction.docs, settings),
    allow(["s3:GetObject", "s3:PutObject"], inConsole("dbt-docs.html")),
  ]);
}

/** The roles of all functions, by resource id. */
module.exports = (layers, listeners, settings) => ({
  NotifyRole: notifyRole(listeners, settings),
  RefreshRole: refreshRole(listeners, settings),
  ConsoleRole: consoleRole(listeners, settings),
  DocsRole: docsRole(listeners, settings),
  PulseRole: role("pulse", settings, [
    allow(
      ["sqs:GetQueueAttributes"],
      [...[...layers, ...Object.values(listeners)].map(({ id }) => arnOf(`${id}Dlq`)), arnOf("RuleDlq")],
    ),
    ...warehouseAccess(userOfFunction.pulse, settings),
  ]),
  ...Object.fromEntries(layers.map((layer) => [`${layer.id}Role`, layerRole(layer, settings)])),
  SweepRole: role("sweep", settings, [
    allow(["events:PutEvents"], arnOf("Bus")),
    ...warehouseAccess(userOfFunction.sweep, settings),
  ]),
  ReplayRole: role("replay", settings, [
    allow(
      [
        ...["sqs:ReceiveMessage", "sqs:GetQueueAttributes"],
        ...inBatches(["sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], settings),
      ],
      [...layers, ...Object.values(listeners)].map(({ id }) => arnOf(`${id}Dlq`)),
    ),
    allow(
      inBatches(["sqs:SendMessage"], settings),
      [...layers, ...Object.values(listeners)].map(({ id }) => arnOf(`${id}Queue`)),
    ),
    ...writeByKey(settings),
    // asks the ledger what SQS does not know: failures of crashed attempts, newer runs
    ...warehouseAccess(userOfFunction.replay, settings),
  ]),
  ScheduleRole: {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: `baton-${settings.stage}-schedule`,
      ...within(settings),
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      Policies: [
        {
          PolicyName: "own-work",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              allow(["events:PutEvents"], arnOf("Bus")),
              allow(["sqs:SendMessage"], arnOf("RuleDlq")),
              ...writeByKey(settings),
            ],
          },
        },
      ],
    },
  },
});
