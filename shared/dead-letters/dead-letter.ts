import type { Message } from "@aws-sdk/client-sqs";
import { z } from "zod";

/** A message of a dead-letter queue, with why it is there. */
export interface DeadLetter {
  messageId: string;
  layer: string;
  runId: string;
  detailType: string;
  kind: string;
  code: string;
  message: string;
  attempt: number;
  /** When the layer gave it up; absent for messages that SQS moved by itself. */
  failedAt: string | undefined;
  sentAt: string;
  body: string;
}

const bodySchema = z.object({
  "detail-type": z.string(),
  detail: z.object({ metadata: z.object({ runId: z.string().optional() }) }),
});

function readBody(body: string): { detailType: string; runId: string | undefined } {
  try {
    const parsed = bodySchema.parse(JSON.parse(body));
    return { detailType: parsed["detail-type"], runId: parsed.detail.metadata.runId };
  } catch {
    return { detailType: "not an event", runId: undefined };
  }
}

/** Reads a received message; one without attributes was moved by SQS after too many receives. */
export function deadLetterOf(layer: string, message: Message): DeadLetter {
  const attribute = (name: string): string | undefined => message.MessageAttributes?.[name]?.StringValue;
  const body = message.Body ?? "";
  const { detailType, runId } = readBody(body);
  const given = attribute("runId");
  return {
    messageId: message.MessageId ?? "",
    layer,
    runId: given === undefined || given === "unknown" ? (runId ?? "unknown") : given,
    detailType,
    kind: attribute("kind") ?? "timeout",
    code: attribute("code") ?? "RECEIVED_TOO_OFTEN",
    message:
      attribute("message") ?? "SQS moved the message after too many receives: the function was cut off each time",
    attempt: Number(attribute("attempt") ?? 0),
    failedAt: attribute("failedAt"),
    sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString(),
    body,
  };
}
