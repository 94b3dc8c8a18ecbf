// One role for each function, with only the actions and resources that the function uses.
import { EVENT_SOURCE, type DetailType } from "../events/schemas.ts";
import { ANSWERS_PREFIX, REQUESTS_PREFIX } from "../shared/review/review-keys.ts";
import { MIGRATIONS_PREFIX } from "../shared/copy/migration-key.ts";
import { CONSOLE_KEY } from "../shared/console/console-keys.ts";
import { EVENTS_PREFIX } from "../shared/aws/events-prefix.ts";
import { SUMMARY_KEY } from "../shared/ledger/summary-key.ts";
import { userOfFunction, userOfLayer } from "../shared/warehouse/users/user-of-function.ts";
import {
  allow,
  arnOf,
  policy,
  type Reference,
  type Resource,
  type Resources,
  type Statement,
} from "./cloudformation.ts";
import { writeByKey } from "./encryption.ts";
import type { Consumer, Layer, Listeners } from "./layers.ts";
import type { Settings } from "./settings.ts";
import { networkAccess, warehouseAccess } from "./warehouse.ts";

/** A role with these rights that a service assumes. A permissions boundary limits it, if the environment has one. */
function roleFor(service: string, name: string, statements: readonly Statement[], settings: Settings): Resource {
  const { stage, permissionsBoundaryArn } = settings;
  const trust = { Effect: "Allow", Principal: { Service: `${service}.amazonaws.com` }, Action: "sts:AssumeRole" };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: `baton-${stage}-${name}`,
      ...(permissionsBoundaryArn !== "" && { PermissionsBoundary: permissionsBoundaryArn }),
      AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] },
      Policies: [{ PolicyName: "own-work", PolicyDocument: policy(statements) }],
    },
  };
}

/** The role of a function. */
function role(name: string, settings: Settings, statements: readonly Statement[]): Resource {
  const logs = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/baton-${settings.stage}-${name}:*`;
  const own = [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], { "Fn::Sub": logs }),
    // X-Ray actions cannot be restricted to a resource
    allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
  ];
  return roleFor("lambda", name, [...own, ...statements], settings);
}

/** Actions that are used only in batches: AWS checks the right to the single action, the emulator that to the batch. */
function inBatches(actions: readonly string[], { isLocal }: Settings): readonly string[] {
  return isLocal ? actions.map((action) => `${action}Batch`) : actions;
}

function layerRole(layer: Layer, settings: Settings): Resource {
  const objects = (prefix: string): Reference => ({ "Fn::Sub": `\${Bucket.Arn}/${prefix}*` });
  return role(layer.name, settings, [
    ...pollerAccess(layer),
    ...messageAccess(layer),
    ...publishAccess(settings),
    ...warehouseAccess(userOfLayer({ isFirst: !layer.runsDbt }), settings),
    // only the first layer reads the source's dumps
    ...(layer.runsDbt
      ? []
      : [
          allow(["s3:ListBucket"], arnOf("Bucket")),
          allow(["s3:GetObject"], objects("dumps-manifest/")),
          // a backfill reads archived dumps; CopyObject also copies the tags of an object
          allow(["s3:GetObject", "s3:GetObjectTagging"], [objects("dumps/"), objects("processed/")]),
          allow(["s3:PutObject", "s3:PutObjectTagging"], [objects("processed/"), objects("quarantine/")]),
        ]),
  ]);
}

/** Lambda uses the role for these actions, to poll the function's queue. */
function pollerAccess({ id }: Consumer): Statement[] {
  return [allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arnOf(`${id}Queue`))];
}

/** The rights to set the retry delay of messages and to move permanent failures to the DLQ. */
function messageAccess({ id }: Consumer): Statement[] {
  return [allow(["sqs:ChangeMessageVisibility"], arnOf(`${id}Queue`)), allow(["sqs:SendMessage"], arnOf(`${id}Dlq`))];
}

function notifyRole({ notify }: Listeners, settings: Settings): Resource {
  return role("notify", settings, [
    ...pollerAccess(notify),
    // an alarm waits in the queue for the layer's event
    allow(["sqs:ChangeMessageVisibility"], arnOf("NotifyQueue")),
    allow(["sns:Publish"], { Ref: "AlertsTopic" }),
    allow(["dynamodb:GetItem", "dynamodb:PutItem"], arnOf("Incidents")),
    ...storedEventAccess(),
    // the topics are encrypted with the environment's KMS key, if it has one
    ...writeByKey(settings),
    ...(settings.isLocal || settings.kmsKeyArn !== ""
      ? []
      : [allow(["kms:Decrypt", "kms:GenerateDataKey"], arnOf("AlertsKey"))]),
    ...(settings.webhookSecretArn !== "" ? [allow(["secretsmanager:GetSecretValue"], settings.webhookSecretArn)] : []),
  ]);
}

function refreshRole({ refresh }: Listeners, settings: Settings): Resource {
  const dataSets = settings.quicksightDataSets;
  const ingestions = dataSets.map((id) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:quicksight:\${AWS::Region}:\${AWS::AccountId}:dataset/${id}/ingestion/*`,
  }));
  return role("refresh", settings, [
    ...pollerAccess(refresh),
    ...messageAccess(refresh),
    ...storedEventAccess(),
    ...publishAccess(settings),
    ...(dataSets.length > 0 ? [allow(["quicksight:CreateIngestion", "quicksight:DescribeIngestion"], ingestions)] : []),
  ]);
}

const inBucket = (key: string): Reference => ({ "Fn::Sub": `\${Bucket.Arn}/${key}` });
const inConsole = (key: string): Reference => inBucket(`console/${key}`);

/** The rights to store an event and put it on the bus. */
function publishAccess(settings: Settings): Statement[] {
  return [
    allow(["events:PutEvents"], arnOf("Bus")),
    allow(["s3:PutObject"], inBucket(`${EVENTS_PREFIX}*`)),
    ...writeByKey(settings),
  ];
}

/** The rights to read the events that functions have published. */
function storedEventAccess(): Statement[] {
  // without s3:ListBucket, S3 does not say that an object is missing
  return [allow(["s3:ListBucket"], arnOf("Bucket")), allow(["s3:GetObject"], inBucket(`${EVENTS_PREFIX}*`))];
}

/** The rights to find out without the warehouse whether there is work: shared/ledger/ledger-summary.ts. */
function summaryAccess(layers: readonly Layer[]): Statement[] {
  return [
    allow(
      ["sqs:GetQueueAttributes"],
      layers.map(({ id }) => arnOf(`${id}Queue`)),
    ),
    // without it, S3 does not say that an object is missing
    allow(["s3:ListBucket"], arnOf("Bucket")),
    allow(["s3:GetObject"], inBucket(SUMMARY_KEY)),
  ];
}

function consoleRole({ console: listener }: Listeners, settings: Settings): Resource {
  return role("console", settings, [
    ...pollerAccess(listener),
    ...writeByKey(settings),
    ...warehouseAccess(userOfFunction.console, settings),
    allow(["s3:PutObject"], [inConsole("index.html"), inConsole("runs/*")]),
    allow(["s3:GetObject"], inConsole("dbt-docs.html")),
  ]);
}

function docsRole({ docs }: Listeners, settings: Settings): Resource {
  return role("docs", settings, [
    ...pollerAccess(docs),
    ...writeByKey(settings),
    ...warehouseAccess(userOfFunction.docs, settings),
    allow(["s3:GetObject", "s3:PutObject"], inConsole("dbt-docs.html")),
  ]);
}

/** The SQL and Jinja of a branch run with this role's database user, so it can neither read dumps nor store events. */
function reviewRole({ review }: Listeners, settings: Settings): Resource {
  return role("review", settings, [
    ...pollerAccess(review),
    ...messageAccess(review),
    // the emulator does not know the keys of the condition
    {
      ...allow(["events:PutEvents"], arnOf("Bus")),
      ...(!settings.isLocal && { Condition: onlyEvent("ReviewCompleted") }),
    },
    // without s3:ListBucket, S3 does not say that an object is missing
    allow(["s3:ListBucket"], arnOf("Bucket")),
    allow(["s3:GetObject"], [inBucket(`${REQUESTS_PREFIX}*`), inBucket(`${ANSWERS_PREFIX}*`)]),
    allow(["s3:PutObject"], inBucket(`${ANSWERS_PREFIX}*`)),
    ...writeByKey(settings),
    ...warehouseAccess(userOfFunction.review, settings),
  ]);
}

/** The role has the administrators' secrets of two servers, so the function publishes nothing and reads no dumps. */
function migrateRole(
  migrate: Consumer,
  { from, to }: NonNullable<Settings["migration"]>,
  settings: Settings,
): Resource {
  return role("migrate", settings, [
    ...pollerAccess(migrate),
    ...messageAccess(migrate),
    // without s3:ListBucket, S3 does not say that an object is missing
    allow(["s3:ListBucket"], arnOf("Bucket")),
    allow(["s3:GetObject", "s3:PutObject"], inBucket(`${MIGRATIONS_PREFIX}*`)),
    ...writeByKey(settings),
    allow(["secretsmanager:GetSecretValue"], [from.secretArn, to.secretArn]),
    ...networkAccess(settings),
  ]);
}

function onlyEvent(detailType: DetailType) {
  return { StringEquals: { "events:source": EVENT_SOURCE, "events:detail-type": detailType } };
}

/** The roles of all functions and of the schedule. */
export function roles(layers: readonly Layer[], listeners: Listeners, settings: Settings): Resources {
  const consumers = [...layers, ...Object.values(listeners)];
  const { migrate } = listeners;
  const { migration } = settings;
  return {
    NotifyRole: notifyRole(listeners, settings),
    RefreshRole: refreshRole(listeners, settings),
    ConsoleRole: consoleRole(listeners, settings),
    DocsRole: docsRole(listeners, settings),
    ReviewRole: reviewRole(listeners, settings),
    ...(migrate !== undefined && migration !== undefined && { MigrateRole: migrateRole(migrate, migration, settings) }),
    PulseRole: role("pulse", settings, [
      allow(["sqs:GetQueueAttributes"], [...consumers.map(({ id }) => arnOf(`${id}Dlq`)), arnOf("RuleDlq")]),
      ...summaryAccess(layers),
      allow(["s3:PutObject"], inBucket(SUMMARY_KEY)),
      allow(["s3:GetObject"], inBucket(CONSOLE_KEY)),
      ...writeByKey(settings),
      ...warehouseAccess(userOfFunction.pulse, settings),
    ]),
    ...Object.fromEntries(layers.map((layer) => [`${layer.id}Role`, layerRole(layer, settings)])),
    SweepRole: role("sweep", settings, [
      ...publishAccess(settings),
      ...summaryAccess(layers),
      ...warehouseAccess(userOfFunction.sweep, settings),
    ]),
    ReplayRole: role("replay", settings, [
      allow(
        [
          ...["sqs:ReceiveMessage", "sqs:GetQueueAttributes"],
          ...inBatches(["sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], settings),
        ],
        consumers.map(({ id }) => arnOf(`${id}Dlq`)),
      ),
      allow(
        inBatches(["sqs:SendMessage"], settings),
        consumers.map(({ id }) => arnOf(`${id}Queue`)),
      ),
      ...writeByKey(settings),
      // the ledger has what SQS does not: failures of crashed attempts, newer runs
      ...warehouseAccess(userOfFunction.replay, settings),
    ]),
    ScheduleRole: roleFor(
      "scheduler",
      "schedule",
      [
        allow(["events:PutEvents"], arnOf("Bus")),
        allow(["sqs:SendMessage"], arnOf("RuleDlq")),
        ...writeByKey(settings),
      ],
      settings,
    ),
  };
}
