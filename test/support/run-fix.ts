import { PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { EnableRuleCommand } from "@aws-sdk/client-eventbridge";
import { UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { DoctorPorts } from "../../cli/doctor/doctor-ports.ts";

/** Splits a command line into words; single quotes group words. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Options of an AWS command by name; an option without a value is "". */
function optionsOf(words: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  words.forEach((word, index) => {
    const next = words[index + 1];
    if (word.startsWith("--")) options[word.slice(2)] = next === undefined || next.startsWith("--") ? "" : next;
  });
  return options;
}

/** Parses `a=b` or JSON, the two forms that the AWS CLI accepts for maps. */
function mapOf(text: string): Record<string, string> {
  // printed by the doctor
  if (text.startsWith("{")) return JSON.parse(text) as Record<string, string>;
  return { [text.slice(0, text.indexOf("="))]: text.slice(text.indexOf("=") + 1) };
}

/**
 * Runs an `aws` command line that the doctor printed, through the SDK: the AWS CLI is not installed on every machine.
 */
export async function runFix(
  fix: string | null | undefined,
  { s3, sqs, lambda, eventBridge }: DoctorPorts,
): Promise<void> {
  const [aws, service, operation, ...rest] = wordsOf(fix ?? "");
  const options = optionsOf(rest);
  switch (`${aws ?? ""} ${service ?? ""} ${operation ?? ""}`) {
    case "aws events enable-rule":
      await eventBridge.send(new EnableRuleCommand({ Name: options["name"], EventBusName: options["event-bus-name"] }));
      return;
    case "aws lambda update-event-source-mapping":
      await lambda.send(
        new UpdateEventSourceMappingCommand({ UUID: options["uuid"], Enabled: options["enabled"] === "" }),
      );
      return;
    case "aws sqs set-queue-attributes":
      await sqs.send(
        new SetQueueAttributesCommand({
          QueueUrl: options["queue-url"],
          Attributes: mapOf(options["attributes"] ?? ""),
        }),
      );
      return;
    case "aws s3api put-bucket-versioning":
      await s3.send(
        new PutBucketVersioningCommand({
          Bucket: options["bucket"],
          VersioningConfiguration: mapOf(options["versioning-configuration"] ?? ""),
        }),
      );
      return;
    default:
      throw new Error(`no way to run this fix: ${fix ?? "none"}`);
  }
}
