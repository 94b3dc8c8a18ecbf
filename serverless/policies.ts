// Policies of queues and topics: who may send to them.
import { arnOf, policy, type Reference, type Resource, type Resources, type Statement } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";

/** Denies access without TLS. Not on the emulator, which uses plain HTTP, so that every request would be denied. */
function tlsOnly(action: string, resource: Reference, { isLocal }: Settings, sid: { Sid?: string } = {}): Statement[] {
  if (isLocal) return [];
  const Condition = { Bool: { "aws:SecureTransport": "false" } };
  return [{ ...sid, Effect: "Deny", Principal: "*", Action: action, Resource: resource, Condition }];
}

/** The rules and topics that may send to a queue. */
export interface Senders {
  rules?: readonly string[];
  topics?: readonly string[];
}

/** Only these rules and topics may send to the queue. */
export function queuePolicy(queueId: string, { rules = [], topics = [] }: Senders, settings: Settings): Resource {
  const send = (service: string, sources: readonly Reference[]): Statement[] =>
    sources.length === 0
      ? []
      : [
          {
            Effect: "Allow",
            Principal: { Service: `${service}.amazonaws.com` },
            Action: "sqs:SendMessage",
            Resource: arnOf(queueId),
            Condition: { ArnEquals: { "aws:SourceArn": sources } },
          },
        ];
  const statements = [
    ...send("events", rules.map(arnOf)),
    ...send(
      "sns",
      topics.map((id) => ({ Ref: id })),
    ),
    ...tlsOnly("sqs:*", arnOf(queueId), settings),
  ];
  return {
    Type: "AWS::SQS::QueuePolicy",
    Properties: { Queues: [{ Ref: queueId }], PolicyDocument: policy(statements) },
  };
}

/** Alarms of this account may publish to the topic, and every principal of this account whose own policy allows it. */
function topicPolicy(topicId: string, settings: Settings): Resource {
  const statements: Statement[] = [
    {
      Sid: "AlarmsPublish",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: { Ref: topicId },
      Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
    },
    ...tlsOnly("sns:Publish", { Ref: topicId }, settings, { Sid: "TlsOnly" }),
  ];
  return {
    Type: "AWS::SNS::TopicPolicy",
    Properties: { Topics: [{ Ref: topicId }], PolicyDocument: policy(statements) },
  };
}

/**
 * The policies of topics and queues that serve all layers.
 *
 * @param rules all rules: RuleDlq receives their undelivered events
 */
export function sharedPolicies(rules: readonly string[], settings: Settings): Resources {
  return {
    RuleDlqPolicy: queuePolicy("RuleDlq", { rules }, settings),
    AlertsQueuePolicy: queuePolicy("AlertsQueue", { topics: ["AlertsTopic"] }, settings),
    AlarmsTopicPolicy: topicPolicy("AlarmsTopic", settings),
    AlertsTopicPolicy: topicPolicy("AlertsTopic", settings),
  };
}

/**
 * Only the environment's own functions may publish Baton's events; to request a run, `events:PutEvents` is enough. The
 * emulator's CloudFormation does not have this type, and the emulator ignores the policy of a bus.
 */
export function busPolicy(publishers: readonly string[], { isLocal }: Settings): Resources {
  if (isLocal) return {};
  return {
    BusPolicy: {
      Type: "AWS::Events::EventBusPolicy",
      Properties: {
        EventBusName: { Ref: "Bus" },
        StatementId: "OnlyOwnFunctionsPublish",
        Statement: {
          Effect: "Deny",
          Principal: "*",
          Action: "events:PutEvents",
          Resource: arnOf("Bus"),
          Condition: {
            StringEquals: { "events:source": "baton" },
            StringNotEquals: { "events:detail-type": "PipelineRequested" },
            ArnNotEquals: { "aws:PrincipalArn": publishers.map((id) => arnOf(`${id}Role`)) },
          },
        },
      },
    },
  };
}
