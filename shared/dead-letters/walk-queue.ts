import { setTimeout as wait } from "node:timers/promises";
import { compareMessages, type ReceivedMessage } from "./dlq-message.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

/** Limits of a pass through a queue. */
export interface WalkLimits {
  /** When the pass must end. */
  deadline: Date;
  /** Visibility timeout of received messages, in case the process dies before it makes them visible again. */
  hiddenSeconds: number;
  /** How long to wait for messages that another reader hides. */
  patienceMs: number;
  /** Wait time of the last receive, in seconds: long polling asks all of SQS's servers, short polling only some. */
  lastLookSeconds: number;
}

/** What was done with a group of messages. */
export interface Visited {
  /** IDs of the messages that were deleted from the queue. */
  deleted: ReadonlySet<string>;
  /** True when the rest of the queue is not needed. */
  isEnough: boolean;
}

/** Result of a pass through a queue. */
export interface Walked {
  examined: number;
  /** Messages that another reader hid at the last look, so that they were not received. */
  hiddenElsewhere: number;
  /** False when the queue has more messages than were received. */
  isComplete: boolean;
}

/** Most messages in one group: few enough for memory, and enough to sort by age. */
const GROUP = 2_000;
const GROUP_BYTES = 32 * 1024 ** 2;
/** SQS hides at most 120,000 messages of a queue at a time. @see SQS Developer Guide, "Quotas related to messages" */
const MAX_EXAMINED = 100_000;
const RECEIVERS = 4;

/**
 * Reads a DLQ: receives every visible message, passes the messages to `visit` in groups, oldest first, and makes
 * those that were not deleted visible again, also after an error. Concurrent passes hide messages from each other: this
 * one then makes its messages visible and tries again, until it has received all or `patienceMs` is over.
 */
export async function walkQueue(
  queue: DeadLetterQueue,
  limits: WalkLimits,
  visit: (messages: readonly ReceivedMessage[]) => Promise<Visited>,
): Promise<Walked> {
  const patientUntil = Date.now() + limits.patienceMs;
  const seen = new Set<string>();
  for (;;) {
    const walked = await walkOnce(queue, limits, seen, visit);
    const isWorthWaiting = walked.hiddenElsewhere > 0 && walked.isComplete;
    const lookAgainAt = Date.now() + 300 + Math.random() * 1_200;
    if (!isWorthWaiting || lookAgainAt > Math.min(patientUntil, limits.deadline.getTime())) return walked;
    await wait(lookAgainAt - Date.now());
  }
}

async function walkOnce(
  queue: DeadLetterQueue,
  limits: WalkLimits,
  seen: Set<string>,
  visit: (messages: readonly ReceivedMessage[]) => Promise<Visited>,
): Promise<Walked> {
  const held = new Map<string, string>();
  try {
    const walked = await visitGroups(queue, limits, { seen, held }, visit);
    await queue.show([...held.values()]);
    return walked;
  } catch (error) {
    // report the first error; messages that stay hidden return when their visibility timeout expires
    await queue.show([...held.values()]).catch(() => undefined);
    throw error;
  }
}

async function visitGroups(
  queue: DeadLetterQueue,
  limits: WalkLimits,
  { seen, held }: { seen: Set<string>; held: Map<string, string> },
  visit: (messages: readonly ReceivedMessage[]) => Promise<Visited>,
): Promise<Walked> {
  const cutOff = (): boolean => Date.now() > limits.deadline.getTime() || seen.size >= MAX_EXAMINED;
  for (;;) {
    const { messages, isEnd } = await receiveGroup(queue, limits, held, cutOff);
    for (const { dlqMessage } of messages) seen.add(dlqMessage.messageId);
    const { deleted, isEnough } = await visit(messages.toSorted((a, b) => compareMessages(a.dlqMessage, b.dlqMessage)));
    for (const id of deleted) held.delete(id);
    const walked = { examined: seen.size, hiddenElsewhere: 0 };
    if (isEnough) return { ...walked, isComplete: true };
    if (!isEnd && cutOff()) return { ...walked, isComplete: false };
    if (!isEnd) continue;
    // another reader may have made its messages visible since the last look
    const { visible, hidden } = await queue.count();
    return { ...walked, hiddenElsewhere: Math.max(0, visible + hidden - held.size), isComplete: true };
  }
}

/** Receives until the group is full or no more messages are visible. */
async function receiveGroup(
  queue: DeadLetterQueue,
  { hiddenSeconds, lastLookSeconds }: WalkLimits,
  held: Map<string, string>,
  cutOff: () => boolean,
): Promise<{ messages: ReceivedMessage[]; isEnd: boolean }> {
  const messages: ReceivedMessage[] = [];
  let bytes = 0;
  let isEnd = false;
  const isFull = (): boolean => messages.length >= GROUP || bytes >= GROUP_BYTES;
  const receive = async (): Promise<void> => {
    for (let isLastLook = false; !isEnd && !isFull() && !cutOff();) {
      const received = await queue.receive(hiddenSeconds, isLastLook ? lastLookSeconds : 0);
      const unseen = received.filter(({ dlqMessage }) => !held.has(dlqMessage.messageId));
      for (const { dlqMessage, receiptHandle } of received) held.set(dlqMessage.messageId, receiptHandle);
      for (const one of unseen) {
        messages.push(one);
        bytes += one.body.length;
      }
      isEnd ||= isLastLook && unseen.length === 0;
      isLastLook = unseen.length === 0;
    }
  };
  await Promise.all(Array.from({ length: RECEIVERS }, receive));
  return { messages, isEnd };
}
