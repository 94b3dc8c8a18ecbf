// Who may send to queues and topics.
import { arnOf, policy, type Reference, type Resource, type Resources, type Statement } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";

/** Nobody may use the resource without TLS. The emulator speaks plain HTTP: there this would deny every request. */
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

/** Alarms of this account may publish to the topic, and whoever has the right through a role of this account. */
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

/** The policies of topics and queues that serve all layers. @param rules all rules, whose undelivered events the RuleDlq takes */
export function sharedPolicies(rules: readonly string[], settings: Settings): Resources {
  return {
    RuleDlqPolicy: queuePolicy("RuleDlq", { rules }, settings),
    AlertsQueuePolicy: queuePolicy("AlertsQueue", { topics: ["AlertsTopic"] }, settings),
    AlarmsTopicPolicy: topicPolicy("AlarmsTopic", settings),
    AlertsTopicPolicy: topicPolicy("AlertsTopic", settings),
  };
}

/**
 * Only the environment's own functions may publish Baton's events; a request for a run needs no more than
 * `events:PutEvents`. The emulator's CloudFormation has no such type, and the emulator does not read the policy of a bus.
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
