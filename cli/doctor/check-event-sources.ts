import { paginateListEventSourceMappings, type EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { failed, ok, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { findFunction } from "./find-function.ts";
import { findQueue } from "./find-queue.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";
import { recreate } from "./recreate.ts";

/** Checks that every function polls its queue, and that the visibility timeouts are long enough. */
export async function checkEventSources(ports: DoctorPorts, stack: DeployedStack): Promise<Check[]> {
  const wanted = ofType(stack, "AWS::Lambda::EventSourceMapping");
  const ids = new Set(wanted.map(({ physicalId }) => physicalId));
  const sources: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings({ client: ports.lambda }, {})) {
    sources.push(...(page.EventSourceMappings ?? []).filter(({ UUID }) => UUID !== undefined && ids.has(UUID)));
  }
  const gone = wanted.filter(({ physicalId }) => !sources.some(({ UUID }) => UUID === physicalId));
  return [checkListening(ports, sources, gone.map(({ id }) => id)), await checkVisibility(ports, stack, sources)]; // prettier-ignore
}

const nameOf = (arn: string | undefined): string => arn?.split(":").at(-1) ?? "";

function checkListening(
  { stage }: DoctorPorts,
  sources: readonly EventSourceMappingConfiguration[],
  gone: readonly string[],
): Check {
  const name = "event sources";
  const off = sources.filter(({ State }) => State !== "Enabled" && State !== "Enabling" && State !== "Updating");
  if (off.length + gone.length === 0) return ok(name, `${sources.length} queues, each polled by its function`);
  const [first] = off;
  return failed(
    name,
    [
      ...off.map(({ EventSourceArn, State }) => `${nameOf(EventSourceArn)} is not polled: its event source mapping is ${State ?? "disabled"}`),
      ...gone.map((id) => `${id} is missing`),
    ].join("; "),
    first === undefined
      ? recreate(stage)
      : `aws lambda update-event-source-mapping --uuid ${first.UUID ?? ""} --enabled`,
  ); // prettier-ignore
}

/**
 * Checks that no visibility timeout is below the function's timeout. Lambda verifies this only when the event source
 * mapping is created.
 *
 * @see AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"
 */
async function checkVisibility(
  { lambda, sqs }: DoctorPorts,
  stack: DeployedStack,
  sources: readonly EventSourceMappingConfiguration[],
): Promise<Check> {
  const name = "visibility";
  const queues = ofType(stack, "AWS::SQS::Queue");
  const short: { text: string; fix: string }[] = [];
  for (const { EventSourceArn, FunctionArn } of sources) {
    const queue = nameOf(EventSourceArn);
    const QueueUrl = queues.find(({ physicalId }) => physicalId.endsWith(`/${queue}`))?.physicalId;
    // the checks of queues and functions report missing resources
    const Timeout = (await findFunction(lambda, FunctionArn))?.Timeout;
    const attributes = QueueUrl === undefined ? undefined : (await findQueue(sqs, QueueUrl)).attributes;
    const seconds = Number(attributes?.["VisibilityTimeout"]);
    if (Timeout === undefined || Number.isNaN(seconds) || seconds >= Timeout) continue;
    short.push({
      text: `the visibility timeout of ${queue} is ${seconds} s, but the timeout of its function is ${Timeout} s`,
      fix: `aws sqs set-queue-attributes --queue-url ${QueueUrl ?? ""} --attributes VisibilityTimeout=${Timeout}`,
    });
  }
  const [first] = short;
  if (first === undefined) return ok(name, "no visibility timeout is below the function's timeout");
  return failed(name, `${short.map(({ text }) => text).join("; ")}: a message could be delivered again while it is processed`, first.fix); // prettier-ignore
}
