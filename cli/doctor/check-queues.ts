import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { failed, ok, warning, type Check } from "./check.ts";
import type { CommandFor, DoctorPorts } from "./doctor-ports.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";

interface Queue {
  name: string;
  /** Undefined where the queue is gone. */
  attributes: Record<string, string> | undefined;
}

/** Every queue of the stack is there, hands what fails to its dead-letter queue, and no dead letter waits. */
export async function checkQueues(
  { sqs, stage, layers }: DoctorPorts,
  stack: DeployedStack,
  command: CommandFor,
): Promise<Check[]> {
  const queues = await Promise.all(ofType(stack, "AWS::SQS::Queue").map(({ physicalId }) => look(sqs, physicalId)));
  const deploy = `npx serverless deploy --stage ${stage}, after deleting the stack's drift: a queue that is gone comes back only when its resource changes, so remove and deploy the stage, or make the queue by its name`; // prettier-ignore
  const gone = queues.filter(({ attributes }) => attributes === undefined).map(({ name }) => name);
  const there = queues.flatMap(({ name, attributes }) => (attributes === undefined ? [] : [{ name, attributes }]));
  const arns = new Set(there.map(({ attributes }) => attributes["QueueArn"]));
  const unguarded = there.filter(({ name, attributes }) => {
    if (!layers.includes(name.replace(`baton-${stage}-`, ""))) return false;
    const target = /"deadLetterTargetArn":\s*"([^"]+)"/.exec(attributes["RedrivePolicy"] ?? "")?.[1];
    return target === undefined || !arns.has(target);
  });
  return [
    gone.length === 0
      ? ok("queues", `${queues.length} queues, all there`)
      : failed("queues", `missing: ${gone.join(", ")}`, deploy),
    unguarded.length === 0
      ? ok("redrive", "every layer's queue has its dead-letter queue")
      : failed(
          "redrive",
          `no dead-letter queue behind ${unguarded.map(({ name }) => name).join(", ")}: what fails would be lost`,
          `npx serverless deploy --stage ${stage} --force`,
        ),
    deadLetters(there, stage, command),
    waiting(there),
  ];
}

async function look(sqs: SQSClient, QueueUrl: string): Promise<Queue> {
  const name = QueueUrl.split("/").at(-1) ?? QueueUrl;
  try {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    return { name, attributes: Attributes ?? {} };
  } catch (error) {
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) {
      return { name, attributes: undefined };
    }
    throw error;
  }
}

type ThereQueue = Queue & { attributes: Record<string, string> };

function deadLetters(queues: readonly ThereQueue[], stage: string, command: CommandFor): Check {
  const full = queues.flatMap(({ name, attributes }) => {
    const depth =
      Number(attributes["ApproximateNumberOfMessages"] ?? 0) +
      Number(attributes["ApproximateNumberOfMessagesNotVisible"] ?? 0);
    return name.endsWith("-dlq") && depth > 0 ? [{ name, depth }] : [];
  });
  if (full.length === 0) return ok("dead letters", "none in any dead-letter queue");
  const found = full.map(({ name, depth }) => `${depth} in ${name}`).join(", ");
  const layer = full[0]?.name.replace(`baton-${stage}-`, "").replace(/-dlq$/, "") ?? "";
  const fix =
    layer === "rule"
      ? "Look at the messages of the rules' dead-letter queue: their attributes name the rule and why it could not deliver."
      : `${command(`dlq list ${layer}`)}, repair the cause, then ${command(`dlq replay ${layer}`)}`;
  return failed("dead letters", found, fix);
}

/** A message that nobody takes means that the function does not poll. */
function waiting(queues: readonly ThereQueue[]): Check {
  const full = queues.filter(
    ({ name, attributes }) =>
      !name.endsWith("-dlq") && !name.endsWith("-alerts") && Number(attributes["ApproximateNumberOfMessages"] ?? 0) > 0,
  );
  if (full.length === 0) return ok("waiting messages", "none");
  const found = full.map(({ name, attributes }) => `${attributes["ApproximateNumberOfMessages"] ?? ""} in ${name}`);
  return warning(
    "waiting messages",
    found.join(", "),
    "They should be taken within seconds: see the checks of functions and event sources.",
  );
}
