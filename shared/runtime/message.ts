import {
  ChangeMessageVisibilityCommand,
  SendMessageCommand,
  type MessageAttributeValue,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import type { RecordedError } from "../errors/errors.ts";
import { MAX_VISIBILITY_SECONDS } from "./retry-policy.ts";

/** Name of the message attribute that a replay sets, unique per replay. */
export const REPLAY_ATTRIBUTE = "batonReplayId";

/** Longest attribute of a DLQ message, characters; the ledger has the whole text of an error. */
const MAX_ATTRIBUTE_CHARACTERS = 1_000;

/** @see SQS API Reference, SendMessage: characters that a message may not contain */
const NOT_ALLOWED = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
/** Half of a surrogate pair, which a cut may leave. */
const CUT_PAIR = /[\uD800-\uDBFF]$/u;

/** Why a message is in the DLQ: the content of its attributes. */
export interface FailureReason {
  runId?: string | undefined;
  layer: string;
  attempt?: number;
  error: RecordedError;
}

function stringAttribute(value: string): MessageAttributeValue {
  const text = value.replaceAll(NOT_ALLOWED, "?").slice(0, MAX_ATTRIBUTE_CHARACTERS).replace(CUT_PAIR, "");
  return { DataType: "String", StringValue: text === "" ? "-" : text };
}

/** The attributes of a DLQ message. @see docs/decisions/runs/003 */
export function dlqAttributes(reason: FailureReason, failedAt: Date): Record<string, MessageAttributeValue> {
  return {
    runId: stringAttribute(reason.runId ?? "unknown"),
    layer: stringAttribute(reason.layer),
    kind: stringAttribute(reason.error.kind),
    code: stringAttribute(reason.error.code),
    message: stringAttribute(reason.error.message),
    attempt: { DataType: "Number", StringValue: String(reason.attempt ?? 0) },
    failedAt: stringAttribute(failedAt.toISOString()),
  };
}

/** One received message of a layer's queue. */
export class QueueMessage {
  readonly record: SQSRecord;
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #dlqUrl: string;

  constructor(record: SQSRecord, queue: { sqs: SQSClient; queueUrl: string; dlqUrl: string }) {
    this.record = record;
    this.#sqs = queue.sqs;
    this.#queueUrl = queue.queueUrl;
    this.#dlqUrl = queue.dlqUrl;
  }

  get sentAt(): Date {
    return new Date(Number(this.record.attributes.SentTimestamp));
  }

  get replayId(): string | undefined {
    return this.record.messageAttributes[REPLAY_ATTRIBUTE]?.stringValue;
  }

  get firstReceivedAt(): Date {
    return new Date(Number(this.record.attributes.ApproximateFirstReceiveTimestamp));
  }

  get receiveCount(): number {
    return Number(this.record.attributes.ApproximateReceiveCount);
  }

  /** Keeps the message hidden from other receivers for this long from now. */
  async hideFor(seconds: number, signal?: AbortSignal): Promise<void> {
    await this.#sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#queueUrl,
        ReceiptHandle: this.record.receiptHandle,
        VisibilityTimeout: Math.min(MAX_VISIBILITY_SECONDS, Math.max(0, Math.ceil(seconds))),
      }),
      signal && { abortSignal: signal },
    );
  }

  /** Copies the message to the DLQ with its reason; acknowledge it only afterwards. */
  async copyToDlq(reason: FailureReason): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#dlqUrl,
        MessageBody: this.record.body,
        MessageAttributes: dlqAttributes(reason, new Date()),
      }),
    );
  }
}
