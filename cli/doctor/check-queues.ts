import type { LambdaClient } from "@aws-sdk/client-lambda";
import { layerPolicySchema } from "../../shared/config/layer-table.ts";
import { maxReceives, REFRESH_CHECKS } from "../../shared/runtime/max-receives.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { CommandFor, DoctorPorts } from "./doctor-ports.ts";
import { findFunction } from "./find-function.ts";
import { findQueue, type FoundQueue } from "./find-queue.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";
import { recreate } from "./recreate.ts";

/** Checks that every queue exists, that each has a dead-letter queue, and that no dead-letter queue has messages. */
export async function checkQueues(
  { sqs, lambda, stage }: DoctorPorts,
  stack: DeployedStack,
  command: CommandFor,
): Promise<Check[]> {
  const queues = await Promise.all(
    ofType(stack, "AWS::SQS::Queue").map(({ physicalId }) => findQueue(sqs, physicalId)),
  );
  const gone = queues.filter(({ attributes }) => attributes === undefined).map(({ name }) => name);
  const existing = queues.flatMap(({ attributes, ...queue }) =>
    attributes === undefined ? [] : [{ ...queue, attributes }],
  );
  const arns = new Set(existing.map(({ attributes }) => attributes["QueueArn"]));
  const withoutRedrive = existing.flatMap(({ name, url, attributes }) => {
    const dlq = existing.find((other) => other.name === `${name}-dlq`);
    const target = /"deadLetterTargetArn":\s*"([^"]+)"/.exec(attributes["RedrivePolicy"] ?? "")?.[1];
    if (dlq === undefined || (target !== undefined && arns.has(target))) return [];
    return [{ name, url, dlqArn: dlq.attributes["QueueArn"] ?? "" }];
  });
  return [
    gone.length === 0
      ? ok("queues", `${queues.length} queues, all exist`)
      : failed("queues", `missing: ${gone.join(", ")}`, recreate(stage)),
    await redrive(lambda, withoutRedrive),
    dlqMessages(existing, stage, command),
    waiting(existing),
  ];
}

/** A queue without a redrive policy, and the DLQ that it should have. */
interface QueueWithoutRedrive {
  name: string;
  url: string;
  dlqArn: string;
}

async function redrive(lambda: LambdaClient, withoutRedrive: readonly QueueWithoutRedrive[]): Promise<Check> {
  const [first] = withoutRedrive;
  if (first === undefined) return ok("redrive", "every queue has its dead-letter queue");
  const names = withoutRedrive.map(({ name }) => name).join(", ");
  const found = `no dead-letter queue for ${names}: failed messages would be lost`;
  return failed("redrive", found, await redriveFix(lambda, first));
}

/** The command that restores the redrive policy of the template. */
async function redriveFix(lambda: LambdaClient, { name, url, dlqArn }: QueueWithoutRedrive): Promise<string> {
  const maxReceiveCount = maxReceives(await retriesOf(lambda, name));
  const policy = JSON.stringify({ deadLetterTargetArn: dlqArn, maxReceiveCount });
  return `aws sqs set-queue-attributes --queue-url ${url} --attributes '${JSON.stringify({ RedrivePolicy: policy })}'`;
}

/** The retries of the layer, from the environment of the function with the queue's name; 0 for other functions. */
async function retriesOf(lambda: LambdaClient, name: string): Promise<number> {
  if (name.endsWith("-refresh")) return REFRESH_CHECKS;
  const deployed = await findFunction(lambda, name);
  const policy = deployed?.Environment?.Variables?.["BATON_LAYER"];
  return policy === undefined ? 0 : layerPolicySchema.parse(JSON.parse(policy)).retries;
}

type ExistingQueue = FoundQueue & { attributes: Record<string, string> };

function dlqMessages(queues: readonly ExistingQueue[], stage: string, command: CommandFor): Check {
  const full = queues.flatMap(({ name, attributes }) => {
    const depth =
      Number(attributes["ApproximateNumberOfMessages"] ?? 0) +
      Number(attributes["ApproximateNumberOfMessagesNotVisible"] ?? 0);
    return name.endsWith("-dlq") && depth > 0 ? [{ name, depth }] : [];
  });
  if (full.length === 0) return ok("DLQ messages", "none in any dead-letter queue");
  const found = full.map(({ name, depth }) => `${depth} in ${name}`).join(", ");
  const layer = full[0]?.name.replace(`baton-${stage}-`, "").replace(/-dlq$/, "") ?? "";
  const fix =
    layer === "rule"
      ? "Read the messages in the rules' dead-letter queue: their attributes name the rule and the delivery error."
      : `${command(`dlq list ${layer}`)}, fix the cause, then ${command(`dlq replay ${layer}`)}`;
  return failed("DLQ messages", found, fix);
}

/** A message that waits means that the function does not poll. */
function waiting(queues: readonly ExistingQueue[]): Check {
  const full = queues.filter(
    ({ name, attributes }) =>
      !name.endsWith("-dlq") && !name.endsWith("-alerts") && Number(attributes["ApproximateNumberOfMessages"] ?? 0) > 0,
  );
  if (full.length === 0) return ok("waiting messages", "none");
  const found = full.map(({ name, attributes }) => `${attributes["ApproximateNumberOfMessages"] ?? ""} in ${name}`);
  return warning(
    "waiting messages",
    found.join(", "),
    "Functions normally receive messages within seconds: see the checks of functions and event sources.",
  );
}
