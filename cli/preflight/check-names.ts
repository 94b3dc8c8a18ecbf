import { z } from "zod";
import { failed, ok, type Check } from "../doctor/check.ts";
import { isMissing } from "./aws.ts";
import type { PreflightPorts } from "./preflight-ports.ts";
import type { DeployedResources } from "./check-change-set.ts";

/** How to find a resource by its name, and how to delete it. */
const RESOURCES: Readonly<Record<string, { property: string; find: string; remove: string }>> = {
  "AWS::SQS::Queue": {
    property: "QueueName",
    find: "sqs get-queue-url --queue-name",
    remove: 'aws sqs delete-queue --queue-url "$(aws sqs get-queue-url --query QueueUrl --output text --queue-name NAME)"',
  },
  "AWS::Logs::LogGroup": {
    property: "LogGroupName",
    find: "logs describe-log-streams --max-items 1 --log-group-name",
    remove: "aws logs delete-log-group --log-group-name NAME",
  },
  "AWS::DynamoDB::Table": {
    property: "TableName",
    find: "dynamodb describe-table --table-name",
    remove: "aws dynamodb delete-table --table-name NAME",
  },
  "AWS::S3::Bucket": { property: "BucketName", find: "s3api head-bucket --bucket", remove: "aws s3 rb s3://NAME" },
  "AWS::Events::EventBus": {
    property: "Name",
    find: "events describe-event-bus --name",
    remove: "aws events delete-event-bus --name NAME",
  },
  "AWS::Events::Archive": {
    property: "ArchiveName",
    find: "events describe-archive --archive-name",
    remove: "aws events delete-archive --archive-name NAME",
  },
}; // prettier-ignore

/**
 * Finds retained resources of a removed environment or layer: CloudFormation cannot create a resource whose name is taken.
 */
export async function checkNames(
  { aws, template, account }: PreflightPorts,
  deployed: DeployedResources,
): Promise<Check> {
  const retained = template.resources.flatMap(({ id, type, deletionPolicy, properties }) => {
    const kind = RESOURCES[type];
    if (kind === undefined || deletionPolicy !== "RetainExceptOnCreate" || deployed.ids.has(id)) return [];
    return [{ kind, name: nameOf(properties[kind.property], account) }];
  });
  const taken = await Promise.all(
    retained.map(async ({ kind, name }) => {
      try {
        await aws(z.unknown(), ...kind.find.split(" "), name);
        return [{ name, remove: kind.remove.replace("NAME", name) }];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    }),
  );
  const [first, ...others] = taken.flat();
  if (first === undefined) return ok("names", `${retained.length} new resources with fixed names, all free`);
  return failed(
    "names",
    `retained from a removed environment or layer: ${[first, ...others].map(({ name }) => name).join(", ")}`,
    `Save what you need (./baton dlq list), then delete each: ${first.remove}`,
  );
}

/** A name in a template: a text, or `Fn::Sub` with the account. */
function nameOf(value: unknown, account: string): string {
  const schema = z.union([z.string(), z.object({ "Fn::Sub": z.string() }).transform((sub) => sub["Fn::Sub"])]);
  return schema.parse(value).replace("${AWS::AccountId}", account);
}
