import { randomUUID } from "node:crypto";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { REPLAY_ATTRIBUTE } from "../runtime/message.ts";
import { parseReceivedMessage, type ReceivedMessage } from "./dlq-message.ts";

/** The queue and the DLQ of a layer. */
export interface LayerQueues {
  layer: string;
  /** The layer whose completion starts this one; absent for the first layer. */
  listensTo?: string | undefined;
  queueUrl: string;
  dlqUrl: string;
}

/** Most messages of one call. @see SQS API Reference, ReceiveMessage and the batch actions */
const BATCH = 10;
/** Most bytes of one batch to send, with room for attributes. @see SQS API Reference, SendMessageBatch */
const BATCH_BYTES = 240_000;
/** Number of concurrent calls. */
const PARALLEL = 4;

/** The operations on the DLQ of a layer, for single messages and batches. */
export class DeadLetterQueue {
  readonly queues: LayerQueues;
  readonly #sqs: SQSClient;

  constructor(sqs: SQSClient, queues: LayerQueues) {
    this.#sqs = sqs;
    this.queues = queues;
  }

  /** Counts the visible and the hidden messages. SQS's counts are approximate. */
  async count(): Promise<{ visible: number; hidden: number }> {
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.queues.dlqUrl,
        AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
      }),
    );
    return {
      visible: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
      hidden: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
    };
  }

  /** Receives up to ten messages and hides them; an empty list when none is visible within `waitSeconds`. */
  async receive(hiddenSeconds: number, waitSeconds: number): Promise<ReceivedMessage[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queues.dlqUrl,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: hiddenSeconds,
        WaitTimeSeconds: waitSeconds,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["SentTimestamp"],
      }),
    );
    return Messages.map((message) => parseReceivedMessage(this.queues.layer, message));
  }

  /** Makes messages visible again; a message whose receipt has expired is already visible. */
  async show(receiptHandles: readonly string[]): Promise<void> {
    const batches = inBatches(receiptHandles);
    for (let first = 0; first < batches.length; first += PARALLEL) {
      await Promise.all(batches.slice(first, first + PARALLEL).map((batch) => this.#showBatch(batch)));
    }
  }

  async #showBatch(batch: readonly string[]): Promise<void> {
    await this.#sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.queues.dlqUrl,
        Entries: batch.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 })),
      }),
    );
  }

  /**
   * Sends messages unchanged to the layer's queue. Each gets a new replay ID, which restarts the count of its attempts.
   *
   * @returns the messages that the queue accepted, and the reason for each that it refused
   */
  async sendBack(
    messages: readonly ReceivedMessage[],
  ): Promise<{ sent: ReceivedMessage[]; refused: Map<string, string> }> {
    const sent: ReceivedMessage[] = [];
    const refused = new Map<string, string>();
    for (const batch of inBatches(messages, ({ body }) => Buffer.byteLength(body))) {
      const { Failed = [] } = await this.#sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: this.queues.queueUrl,
          Entries: batch.map(({ body }, index) => ({
            Id: String(index),
            MessageBody: body,
            MessageAttributes: { [REPLAY_ATTRIBUTE]: { DataType: "String", StringValue: randomUUID() } },
          })),
        }),
      );
      const failures = new Map(Failed.map(({ Id, Code, Message }) => [Id, `${Code ?? ""} ${Message ?? ""}`.trim()]));
      for (const [index, one] of batch.entries()) {
        const failure = failures.get(String(index));
        if (failure === undefined) sent.push(one);
        else refused.set(one.dlqMessage.messageId, failure);
      }
    }
    return { sent, refused };
  }

  /** Deletes messages. @returns the deleted ones; the others become visible again when their timeout expires */
  async delete(messages: readonly ReceivedMessage[]): Promise<ReceivedMessage[]> {
    const deleted: ReceivedMessage[] = [];
    for (const batch of inBatches(messages)) {
      const { Failed = [] } = await this.#sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.queues.dlqUrl,
          Entries: batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
        }),
      );
      const failed = new Set(Failed.map(({ Id }) => Id));
      deleted.push(...batch.filter((_, index) => !failed.has(String(index))));
    }
    return deleted;
  }
}

/** Splits a list into batches of at most ten items and at most the number of bytes that SQS allows. */
export function inBatches<T>(items: readonly T[], bytesOf: (item: T) => number = () => 0): T[][] {
  const batches: T[][] = [];
  let current: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (current.length === BATCH || (current.length > 0 && bytes + size > BATCH_BYTES)) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push(item);
    bytes += size;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
