import { setTimeout as wait } from "node:timers/promises";
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { z } from "zod";
import { alertSchema, type Alert } from "../../events/alert.ts";

/** Visibility timeout of the read messages: they return after this time if the command is interrupted. */
const HIDDEN_SECONDS = 20;
/** How long to wait for messages that another reader hides. If that reader died, they stay hidden for longer. */
const OTHERS_MS = 5_000;

/**
 * Reads all alerts in the queue without removing them.
 *
 * @param waitSeconds of each receive: a short poll (0) asks only some of SQS's servers
 * @returns newest first; each once, however often SQS delivered it
 */
export async function readAlerts(sqs: SQSClient, queueUrl: string, waitSeconds = 1): Promise<Alert[]> {
  const messages = new Map<string, Message>();
  const deadline = Date.now() + OTHERS_MS;
  try {
    for (;;) {
      const news = await receive(sqs, queueUrl, waitSeconds);
      for (const message of news) messages.set(message.MessageId ?? "", message);
      if (news.length > 0) continue;
      const hiddenByOthers = (await countHidden(sqs, queueUrl)) - messages.size;
      if (hiddenByOthers <= 0 || Date.now() > deadline) break;
      await wait(200);
    }
  } finally {
    await Promise.all([...messages.values()].map((message) => putBack(sqs, queueUrl, message)));
  }
  const alerts = [...messages.values()].flatMap(({ Body = "" }) => parseAlert(Body));
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  return [...byId.values()].sort((a, b) => b.at.localeCompare(a.at));
}

async function receive(sqs: SQSClient, queueUrl: string, waitSeconds: number): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: HIDDEN_SECONDS,
      WaitTimeSeconds: waitSeconds,
    }),
  );
  return Messages;
}

async function countHidden(sqs: SQSClient, queueUrl: string): Promise<number> {
  const name = "ApproximateNumberOfMessagesNotVisible";
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] }));
  return Number(Attributes?.[name] ?? 0);
}

async function putBack(sqs: SQSClient, queueUrl: string, { ReceiptHandle }: Message): Promise<void> {
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
}

/** Alarms that bypass the notify function arrive as CloudWatch messages and are shown as they are. */
function parseAlert(body: string): Alert[] {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  const parsed = alertSchema.safeParse(json);
  if (parsed.success) return [parsed.data];
  const alarm = z
    .object({
      AlarmName: z.string(),
      AlarmDescription: z.string().default(""),
      NewStateValue: z.string(),
      NewStateReason: z.string().default(""),
      StateChangeTime: z.string(),
    })
    .safeParse(json);
  if (!alarm.success) return [];
  const { AlarmName, AlarmDescription, NewStateValue, NewStateReason, StateChangeTime } = alarm.data;
  return [
    {
      id: `${AlarmName}@${StateChangeTime}:${NewStateValue}`,
      kind: NewStateValue === "OK" ? "recovered" : "opened",
      severity: "error",
      stage: "",
      at: StateChangeTime,
      subject: `${NewStateValue} ${AlarmName}: other alerts may not arrive`,
      text: [AlarmDescription, NewStateReason].filter((line) => line !== "").join("\n"),
    },
  ];
}
