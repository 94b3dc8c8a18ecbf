import { randomUUID } from "node:crypto";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { REPLAY_ATTRIBUTE } from "../layer/message.ts";
import { deadLetterOf, type DeadLetter } from "./dead-letter.ts";

/** The two queues of a layer. */
export interface LayerQueues {
  layer: string;
  queueUrl: string;
  dlqUrl: string;
}

/** Which dead letters are meant; all given conditions must hold. */
export interface DeadLetterFilter {
  runId?: string | undefined;
  messageId?: string | undefined;
  olderThan?: Date | undefined;
  code?: string | undefined;
  limit?: number | undefined;
}

/** Most messages of one receive. @see SQS API Reference, ReceiveMessage */
const BATCH = 10;
/** Messages stay hidden while they are looked through. */
const HIDDEN_SECONDS = 60;
/** An empty answer does not prove an empty queue: SQS asks only some of its servers. */
const EMPTY_ANSWERS = 2;

/** True when the dead letter is one of those that are meant. */
export function matches(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  return (
    (filter.runId === undefined || letter.runId === filter.runId) &&
    (filter.messageId === undefined || letter.messageId === filter.messageId) &&
    (filter.code === undefined || letter.code === filter.code) &&
    (filter.olderThan === undefined || Date.parse(letter.failedAt ?? letter.sentAt) < filter.olderThan.getTime())
  );
}

/** What to do with a dead letter that is meant: keep it in the queue or take it out. */
type Handle = (letter: DeadLetter, message: Message) => Promise<"keep" | "delete">;

/**
 * Goes through a dead-letter queue once. Whatever is kept is made visible again, also after an error.
 *
 * @returns the letters that were handled, oldest first
 */
async function walk(
  sqs: SQSClient,
  queues: LayerQueues,
  filter: DeadLetterFilter,
  handle: Handle,
): Promise<DeadLetter[]> {
  const handled: DeadLetter[] = [];
  const kept = new Map<string, string>();
  const limit = filter.limit ?? Number.POSITIVE_INFINITY;
  try {
    for (let empty = 0; empty < EMPTY_ANSWERS && handled.length < limit;) {
      const messages = await receive(sqs, queues.dlqUrl);
      const unseen = messages.filter(({ MessageId = "" }) => !kept.has(MessageId));
      empty = unseen.length === 0 ? empty + 1 : 0;
      for (const message of messages) {
        const { MessageId = "", ReceiptHandle = "" } = message;
        const isSeen = kept.has(MessageId);
        kept.set(MessageId, ReceiptHandle);
        const letter = deadLetterOf(queues.layer, message);
        if (isSeen || handled.length >= limit || !matches(letter, filter)) continue;
        if ((await handle(letter, message)) === "delete") {
          await sqs.send(new DeleteMessageCommand({ QueueUrl: queues.dlqUrl, ReceiptHandle }));
          kept.delete(MessageId);
        }
        handled.push(letter);
      }
    }
  } finally {
    await Promise.all([...kept.values()].map((handle) => show(sqs, queues.dlqUrl, handle)));
  }
  return handled.sort((a, b) => a.sentAt.localeCompare(b.sentAt));
}

async function receive(sqs: SQSClient, dlqUrl: string): Promise<Message[]> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: dlqUrl,
      MaxNumberOfMessages: BATCH,
      VisibilityTimeout: HIDDEN_SECONDS,
      WaitTimeSeconds: 0,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["SentTimestamp"],
    }),
  );
  return Messages ?? [];
}

/** Makes a message visible again; one whose receipt has expired is so by itself. */
async function show(sqs: SQSClient, queueUrl: string, receiptHandle: string): Promise<void> {
  await sqs
    .send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }),
    )
    .catch(() => undefined);
}

/** Lists the dead letters of a layer that match; they stay where they are. */
export function listDeadLetters(sqs: SQSClient, queues: LayerQueues, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  return walk(sqs, queues, filter, () => Promise.resolve("keep"));
}

/**
 * Sends dead letters back to their layer: first sent, then deleted, so that none is lost when this dies half-way; a
 * double is harmless. The body, and so run and correlation, stays as it was; the attempts begin anew.
 *
 * @returns the letters that were sent back
 */
export function replayDeadLetters(
  sqs: SQSClient,
  queues: LayerQueues,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> {
  return walk(sqs, queues, filter, async (letter) => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queues.queueUrl,
        MessageBody: letter.body,
        MessageAttributes: { [REPLAY_ATTRIBUTE]: { DataType: "String", StringValue: randomUUID() } },
      }),
    );
    return "delete";
  });
}

/** Deletes dead letters for good. @returns the letters that were deleted */
export function purgeDeadLetters(sqs: SQSClient, queues: LayerQueues, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  return walk(sqs, queues, filter, () => Promise.resolve("delete"));
}
