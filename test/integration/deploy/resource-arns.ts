import { z } from "zod";
import type { Names } from "./policy.ts";

const PLACE = "ap-northeast-1:123456789012";
/** CloudFormation's values for the names of account and region. */
export const PSEUDO: Names = {
  "AWS::Partition": "aws",
  "AWS::Region": "ap-northeast-1",
  "AWS::AccountId": "123456789012",
};

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** A resource of a packaged template, with its ARN after deployment. */
export interface NamedResource {
  id: string;
  type: string;
  arn: string;
}

type Properties = Readonly<Record<string, unknown>>;

/** ARNs by type of resource. CloudFormation names a resource without a name after the stack and the resource's ID. */
const ARNS: Readonly<Record<string, (properties: Properties, generated: string) => string>> = {
  "AWS::CloudWatch::Alarm": ({ AlarmName }) => `arn:aws:cloudwatch:${PLACE}:alarm:${String(AlarmName)}`,
  "AWS::CloudWatch::CompositeAlarm": ({ AlarmName }) => `arn:aws:cloudwatch:${PLACE}:alarm:${String(AlarmName)}`,
  "AWS::CloudWatch::Dashboard": ({ DashboardName }) =>
    `arn:aws:cloudwatch::123456789012:dashboard/${String(DashboardName)}`,
  "AWS::DynamoDB::Table": ({ TableName }) => `arn:aws:dynamodb:${PLACE}:table/${String(TableName)}`,
  "AWS::Events::Archive": ({ ArchiveName }) => `arn:aws:events:${PLACE}:archive/${String(ArchiveName)}`,
  "AWS::Events::EventBus": ({ Name }) => `arn:aws:events:${PLACE}:event-bus/${String(Name)}`,
  "AWS::Events::Rule": ({ Name, EventBusName }, generated) =>
    `arn:aws:events:${PLACE}:rule/${EventBusName === undefined ? "" : "baton-prod/"}${typeof Name === "string" ? Name : generated}`,
  "AWS::IAM::Role": ({ RoleName }) => `arn:aws:iam::123456789012:role/${String(RoleName)}`,
  "AWS::KMS::Key": () => `arn:aws:kms:${PLACE}:key/0f1e2d3c`,
  "AWS::Lambda::EventSourceMapping": () => `arn:aws:lambda:${PLACE}:event-source-mapping:0f1e2d3c`,
  "AWS::Lambda::Function": ({ FunctionName }) => `arn:aws:lambda:${PLACE}:function:${String(FunctionName)}`,
  "AWS::Logs::LogGroup": ({ LogGroupName }) => `arn:aws:logs:${PLACE}:log-group:${String(LogGroupName)}`,
  "AWS::S3::Bucket": ({ BucketName }, generated) =>
    `arn:aws:s3:::${BucketName === undefined ? generated.toLowerCase() : "baton-prod-123456789012"}`,
  "AWS::SNS::Topic": ({ TopicName }) => `arn:aws:sns:${PLACE}:${String(TopicName)}`,
  "AWS::SQS::Queue": ({ QueueName }) => `arn:aws:sqs:${PLACE}:${String(QueueName)}`,
  "AWS::Scheduler::Schedule": ({ Name }) => `arn:aws:scheduler:${PLACE}:schedule/default/${String(Name)}`,
};

/** Types that are settings of another resource, with the property that names that resource. */
const SETTINGS_OF: Readonly<Record<string, string>> = {
  "AWS::Lambda::EventInvokeConfig": "FunctionName",
  "AWS::Events::EventBusPolicy": "EventBusName",
  "AWS::Lambda::Permission": "FunctionName",
  "AWS::S3::BucketPolicy": "Bucket",
  "AWS::SNS::Subscription": "TopicArn",
  "AWS::SNS::TopicPolicy": "Topics",
  "AWS::SQS::QueuePolicy": "Queues",
};

/**
 * All resources of environment `prod`. A resource that is a setting has the ARN of the resource that it configures.
 * @throws Error for an unknown type
 */
export function namedResources(template: string): NamedResource[] {
  const { Resources } = templateSchema.parse(JSON.parse(template));
  const arnOf = (id: string): string => {
    const { Type = "", Properties = {} } = Resources[id] ?? {};
    const settingOf = SETTINGS_OF[Type];
    if (settingOf !== undefined) {
      const target = /"(?:Ref|Fn::GetAtt)":(?:\[)?"(\w+)"/.exec(JSON.stringify(Properties[settingOf]))?.[1];
      return arnOf(target ?? "");
    }
    const arn = ARNS[Type]?.(Properties, `baton-prod-${id}-1A2B3C`);
    if (arn === undefined)
      throw new Error(`${id} is a ${Type}, of which ${import.meta.filename} does not know the ARN`);
    return arn;
  };
  return Object.entries(Resources).map(([id, { Type }]) => ({ id, type: Type, arn: arnOf(id) }));
}

/** The values of `Ref` and `Fn::GetAtt` in a packaged template. */
export function namesIn(template: string): Names {
  return {
    ...PSEUDO,
    ...Object.fromEntries(
      namedResources(template).flatMap(({ id, arn }) => [
        [id, arn],
        [`${id}.Arn`, arn],
      ]),
    ),
  };
}
