// Policies of queues and topics: who may send to them.
import { arnOf, policy, type Reference, type Resource, type Resources, type Statement } from "./cloudformation.ts";
import type { Settings } from "./settings.ts";

/** Denies access without TLS. Not on the emulator, which uses plain HTTP, so that every request would be denied. */
function tlsOnly(action: string, resource: Reference, { isLocal }: Settings, sid: { Sid?: string } = {}): Statement[] {
  if (isLocal) return [];
  const Condition = { Bool: { "aws:SecureTransport": "false" } };
  return [{ ...sid, Effect: "Deny", Principal: "*", Action: action, Resource: resource, Condition }];
}

/** Who may send to a queue: rules and topics by the policy, roles by the rights that they have themselves. */
export interface Senders {
  rules?: readonly string[];
  topics?: readonly string[];
  /** IDs of roles of the stack. */
  roles?: readonly string[];
  /** ARNs of other roles. */
  principals?: readonly string[];
}

/**
 * Denies an action to every principal but these, whatever its own policies allow. AWS services are exempt: for them the
 * other statements decide, and SQS itself moves messages to a dead-letter queue without a principal.
 */
function onlyFor(action: string, resource: Reference, { roles = [], principals = [] }: Senders): Statement {
  const allowed = [...roles.map(arnOf), ...principals];
  return {
    Sid: "OnlyKnownSenders",
    ...{ Effect: "Deny", Principal: "*", Action: action, Resource: resource },
    Condition: {
      Bool: { "aws:PrincipalIsAWSService": "false" },
      ...(allowed.length > 0 && { ArnNotEquals: { "aws:PrincipalArn": allowed } }),
    },
  };
}

/** Only these may send to the queue. */
export function queuePolicy(queueId: string, senders: Senders, settings: Settings): Resource {
  const { rules = [], topics = [] } = senders;
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
    onlyFor("sqs:SendMessage", arnOf(queueId), senders),
    ...tlsOnly("sqs:*", arnOf(queueId), settings),
  ];
  return {
    Type: "AWS::SQS::QueuePolicy",
    Properties: { Queues: [{ Ref: queueId }], PolicyDocument: policy(statements) },
  };
}

/** Only alarms of this account and these senders may publish to the topic. */
function topicPolicy(topicId: string, senders: Senders, settings: Settings): Resource {
  const statements: Statement[] = [
    {
      Sid: "AlarmsPublish",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: { Ref: topicId },
      Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
    },
    onlyFor("sns:Publish", { Ref: topicId }, senders),
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
    RuleDlqPolicy: queuePolicy("RuleDlq", { rules, roles: ["ScheduleRole"] }, settings),
    AlertsQueuePolicy: queuePolicy("AlertsQueue", { topics: ["AlertsTopic"] }, settings),
    AlarmsTopicPolicy: topicPolicy("AlarmsTopic", {}, settings),
    AlertsTopicPolicy: topicPolicy("AlertsTopic", { roles: ["NotifyRole"] }, settings),
  };
}

/**
 * Only the environment's own functions may publish Baton's events; to request a run, a review or a move, `events:PutEvents` is enough. The
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
            StringNotEquals: { "events:detail-type": ["PipelineRequested", "ReviewRequested", "MigrationRequested"] },
            ArnNotEquals: { "aws:PrincipalArn": publishers.map((id) => arnOf(`${id}Role`)) },
          },
        },
      },
    },
  };
}
