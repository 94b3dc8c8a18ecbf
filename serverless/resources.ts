// Resources that exist once for each layer or function: queues, rules, policies, roles, alarms, log groups, outputs.
// Resources that are the same in every environment are in serverless/resources/*.yml.
import { alarms } from "./alarms.ts";
import { arnOf, type Resources } from "./cloudformation.ts";
import { dashboard } from "./dashboard.ts";
import { alertsKey, encryption, forLogGroup, forQueue } from "./encryption.ts";
import { consumersOf, readLayers, type Consumer } from "./layers.ts";
import { busPolicy, queuePolicy, sharedPolicies, type Senders } from "./policies.ts";
import { kept, protect } from "./protection.ts";
import { roles } from "./roles.ts";
import { readSettings, type Settings, type Variables } from "./settings.ts";

const DAY_SECONDS = 24 * 3600;

/** Senders to a queue besides its own rule. */
const MORE_SENDERS: Readonly<Record<string, Senders>> = {
  staging: { rules: ["ManifestRule"] },
  notify: { topics: ["AlarmsTopic"] },
};

/** Queue, dead-letter queue and rule of a function. */
function queueResources(consumer: Consumer, settings: Settings): Resources {
  const { id, name, queueName, dlqName, timeoutSeconds, maxReceiveCount, pattern } = consumer;
  const { rules = [], topics = [] } = MORE_SENDERS[name] ?? {};
  const queueArn = `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${queueName}`;
  return {
    [`${id}Dlq`]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: dlqName,
        MessageRetentionPeriod: 14 * DAY_SECONDS,
        ...forQueue(settings),
        RedriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [{ "Fn::Sub": queueArn }] },
      },
    },
    [`${id}Queue`]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: queueName,
        // Lambda refuses a queue whose visibility timeout is below the function's timeout; the heartbeat shortens it
        VisibilityTimeout: timeoutSeconds,
        MessageRetentionPeriod: 4 * DAY_SECONDS,
        ...forQueue(settings),
        RedrivePolicy: { deadLetterTargetArn: arnOf(`${id}Dlq`), maxReceiveCount },
      },
    },
    [`${id}QueuePolicy`]: queuePolicy(
      `${id}Queue`,
      { rules: [`${id}Rule`, ...rules], topics, roles: ["ReplayRole"], principals: settings.redriveRoleArns },
      settings,
    ),
    // the function moves permanent failures itself, SQS all others
    [`${id}DlqPolicy`]: queuePolicy(`${id}Dlq`, { roles: [`${id}Role`] }, settings),
    [`${id}Rule`]: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: queueName,
        Description: `Sends ${name} the events that it listens to`,
        EventBusName: { Ref: "Bus" },
        EventPattern: pattern,
        Targets: [
          {
            Id: name,
            Arn: arnOf(`${id}Queue`),
            // a day of retries; undelivered events go to the DLQ of the rules
            RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: DAY_SECONDS },
            DeadLetterConfig: { Arn: arnOf("RuleDlq") },
          },
        ],
      },
    },
  };
}

/** The mail addresses that receive alerts. */
function mailSubscriptions({ alertEmails }: Settings): Resources {
  return Object.fromEntries(
    alertEmails.map((Endpoint, index) => [
      `AlertsMail${index + 1}`,
      {
        Type: "AWS::SNS::Subscription",
        Properties: { TopicArn: { Ref: "AlertsTopic" }, Protocol: "email", Endpoint },
      },
    ]),
  );
}

/** The functions' log groups, which osls creates with the retention of `logRetentionDays`. */
function logGroups(functions: readonly string[], settings: Settings): Record<string, unknown> {
  const more = { ...(settings.isProtected && kept), Properties: forLogGroup(settings) };
  return Object.fromEntries(functions.map((name) => [`${name[0]?.toUpperCase() ?? ""}${name.slice(1)}LogGroup`, more]));
}

/** The generated part of the template. */
export async function resources(variables: Variables) {
  const settings = await readSettings(variables);
  const layers = await readLayers(variables, settings);
  const { listeners, consumers, watched } = consumersOf(layers, settings);
  const generated: Resources = {
    ...Object.fromEntries(consumers.flatMap((consumer) => Object.entries(queueResources(consumer, settings)))),
    ...sharedPolicies([...consumers.map(({ id }) => `${id}Rule`), "ManifestRule"], settings),
    ...busPolicy([...layers.map(({ id }) => id), "Refresh", "Review", "Sweep"], settings),
    ...alertsKey(settings),
    ...mailSubscriptions(settings),
    ...alarms(watched, settings),
    ...dashboard(watched, settings),
    ...roles(layers, listeners, settings),
  };
  const outputs = consumers.flatMap(({ id }): [name: string, output: object][] => [
    [`${id}QueueUrl`, { Value: { Ref: `${id}Queue` } }],
    [`${id}DlqUrl`, { Value: { Ref: `${id}Dlq` } }],
  ]);
  return {
    Resources: protect({ ...encryption(settings), ...generated }, settings),
    extensions: logGroups(watched.functions, settings),
    Outputs: {
      // an output must not be empty
      ...(settings.targetFingerprint !== "" && { TargetFingerprint: { Value: settings.targetFingerprint } }),
      ...Object.fromEntries(outputs),
    },
  };
}
