import type { Message } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { adviceOf } from "../errors/error-codes.ts";

/** A DLQ message with the reason why it failed. */
export interface DlqMessage {
  messageId: string;
  layer: string;
  /** `unknown` when neither the message nor the ledger has it. */
  runId: string;
  /** `not an event` when the body is not an event. */
  detailType: string;
  kind: string;
  code: string;
  /** Name of the error pattern; undefined when the ledger has no record of the failure. */
  pattern: string | undefined;
  message: string;
  advice: string | undefined;
  attempt: number;
  /** When the layer failed; absent for messages that SQS moved itself and that the ledger does not have. */
  failedAt: string | undefined;
  /** When the message was sent to the DLQ. */
  sentAt: string;
  /** The newer run that supersedes this one, according to the ledger. */
  supersededBy: string | undefined;
}

/** A received DLQ message, with its body and receipt. */
export interface ReceivedMessage {
  dlqMessage: DlqMessage;
  body: string;
  /** ID of the event in the body. */
  eventId: string | undefined;
  /** False when SQS moved the message itself, so that only the ledger has the reason. */
  hasReason: boolean;
  receiptHandle: string;
}

/** The detail-type of a body that is not an event. */
export const NOT_AN_EVENT = "not an event";

const bodySchema = z.object({
  "detail-type": z.string(),
  detail: z.object({ metadata: z.object({ runId: z.string().optional(), eventId: z.string().optional() }) }),
});

function readBody(body: string): { detailType: string; runId?: string | undefined; eventId?: string | undefined } {
  try {
    const parsed = bodySchema.parse(JSON.parse(body));
    const { runId, eventId } = parsed.detail.metadata;
    return { detailType: parsed["detail-type"], runId, eventId };
  } catch {
    return { detailType: NOT_AN_EVENT };
  }
}

/** Parses a received message. One without attributes was moved by SQS after too many receives. */
export function parseReceivedMessage(layer: string, message: Message): ReceivedMessage {
  const attribute = (name: string): string | undefined => message.MessageAttributes?.[name]?.StringValue;
  const body = message.Body ?? "";
  const { detailType, runId, eventId } = readBody(body);
  const given = attribute("runId");
  const code = attribute("code");
  return {
    body,
    eventId,
    hasReason: code !== undefined,
    receiptHandle: message.ReceiptHandle ?? "",
    dlqMessage: {
      messageId: message.MessageId ?? "",
      layer,
      runId: given === undefined || given === "unknown" ? (runId ?? "unknown") : given,
      detailType,
      kind: attribute("kind") ?? "timeout",
      code: code ?? "RECEIVED_TOO_OFTEN",
      pattern: undefined,
      message:
        attribute("message") ??
        "SQS moved the message here after too many receives: each time, the function was stopped or did not start",
      advice: adviceOf(code ?? "RECEIVED_TOO_OFTEN")
        ?.replaceAll("LAYER", layer)
        .replaceAll("MESSAGE", message.MessageId ?? ""),
      attempt: Number(attribute("attempt") ?? 0),
      failedAt: attribute("failedAt"),
      sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString(),
      supersededBy: undefined,
    },
  };
}

/** Oldest first. */
export function compareMessages(a: DlqMessage, b: DlqMessage): number {
  return a.sentAt.localeCompare(b.sentAt) || a.messageId.localeCompare(b.messageId);
}
