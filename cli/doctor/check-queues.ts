import { failed, ok, warning, type Check } from "./check.ts";
import type { CommandFor, DoctorPorts } from "./doctor-ports.ts";
import { findQueue, type FoundQueue } from "./find-queue.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";
import { recreate } from "./recreate.ts";

/** Every queue of the stack is there, hands what fails to its dead-letter queue, and no dead letter waits. */
export async function checkQueues(
  { sqs, stage }: DoctorPorts,
  stack: DeployedStack,
  command: CommandFor,
): Promise<Check[]> {
  const queues = await Promise.all(
    ofType(stack, "AWS::SQS::Queue").map(({ physicalId }) => findQueue(sqs, physicalId)),
  );
  const gone = queues.filter(({ attributes }) => attributes === undefined).map(({ name }) => name);
  const there = queues.flatMap(({ attributes, ...queue }) =>
    attributes === undefined ? [] : [{ ...queue, attributes }],
  );
  const arns = new Set(there.map(({ attributes }) => attributes["QueueArn"]));
  const unguarded = there.flatMap(({ name, url, attributes }) => {
    const dlq = there.find((other) => other.name === `${name}-dlq`);
    const target = /"deadLetterTargetArn":\s*"([^"]+)"/.exec(attributes["RedrivePolicy"] ?? "")?.[1];
    if (dlq === undefined || (target !== undefined && arns.has(target))) return [];
    return [{ name, url, dlqArn: dlq.attributes["QueueArn"] ?? "" }];
  });
  return [
    gone.length === 0
      ? ok("queues", `${queues.length} queues, all there`)
      : failed("queues", `missing: ${gone.join(", ")}`, recreate(stage)),
    unguarded.length === 0
      ? ok("redrive", "every queue has its dead-letter queue")
      : failed(
          "redrive",
          `no dead-letter queue behind ${unguarded.map(({ name }) => name).join(", ")}: what fails would be lost`,
          redriveFix(unguarded[0]),
        ),
    deadLetters(there, stage, command),
    waiting(there),
  ];
}

/** Above the attempts that the runtime counts itself: throttled deliveries are receives, too. */
const MAX_RECEIVES = 20;

function redriveFix(queue: { url: string; dlqArn: string } | undefined): string {
  const policy = JSON.stringify({ deadLetterTargetArn: queue?.dlqArn ?? "", maxReceiveCount: MAX_RECEIVES });
  return `aws sqs set-queue-attributes --queue-url ${queue?.url ?? ""} --attributes '${JSON.stringify({ RedrivePolicy: policy })}'`;
}

type ThereQueue = FoundQueue & { attributes: Record<string, string> };

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
