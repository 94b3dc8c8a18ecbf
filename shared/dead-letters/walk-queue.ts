import { setTimeout as wait } from "node:timers/promises";
import { compareLetters, type ReceivedLetter } from "./dead-letter.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

/** How a walk is bounded. */
export interface WalkLimits {
  /** When the walk must have ended. */
  deadline: Date;
  /** How long messages stay hidden while they are looked through, when nobody makes them visible again. */
  hiddenSeconds: number;
  /** How long to wait for messages that somebody else is looking through. */
  patienceMs: number;
  /** How long the last look waits for more, seconds: a waiting call asks all of SQS's servers, a quick one only some. */
  lastLookSeconds: number;
}

/** What became of a group of letters. */
export interface Visited {
  /** Ids of those that are gone from the queue. */
  deleted: ReadonlySet<string>;
  /** True when the rest of the queue does not matter any more. */
  isEnough: boolean;
}

/** How a walk ended. */
export interface Walked {
  examined: number;
  /** Messages that somebody else is looking through: they were not seen. */
  hiddenElsewhere: number;
  /** False when there is more than the walk has seen. */
  isComplete: boolean;
}

/** Letters that are handed over at once; few enough for memory, enough to put them in order. */
const GROUP = 2_000;
const GROUP_BYTES = 32 * 1024 ** 2;
/** SQS hides at most 120,000 messages of a queue at a time. @see SQS Developer Guide, "Quotas related to messages" */
const MAX_EXAMINED = 100_000;
const RECEIVERS = 4;

/**
 * Goes through a dead-letter queue: receives every visible message, hands them over in groups, oldest first, and makes
 * what was kept visible again, also after an error. Two walks at a time hide messages from each other; then this one
 * lets go of what it holds and looks again, until it has seen all or has no more patience.
 */
export async function walkQueue(
  queue: DeadLetterQueue,
  limits: WalkLimits,
  visit: (letters: readonly ReceivedLetter[]) => Promise<Visited>,
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
  visit: (letters: readonly ReceivedLetter[]) => Promise<Visited>,
): Promise<Walked> {
  const held = new Map<string, string>();
  try {
    const walked = await visitGroups(queue, limits, { seen, held }, visit);
    await queue.show([...held.values()]);
    return walked;
  } catch (error) {
    // the first error is the one to report; what stays hidden comes back by itself
    await queue.show([...held.values()]).catch(() => undefined);
    throw error;
  }
}

async function visitGroups(
  queue: DeadLetterQueue,
  limits: WalkLimits,
  { seen, held }: { seen: Set<string>; held: Map<string, string> },
  visit: (letters: readonly ReceivedLetter[]) => Promise<Visited>,
): Promise<Walked> {
  const cutOff = (): boolean => Date.now() > limits.deadline.getTime() || seen.size >= MAX_EXAMINED;
  for (;;) {
    const { letters, isEnd } = await receiveGroup(queue, limits, held, cutOff);
    for (const { letter } of letters) seen.add(letter.messageId);
    const { deleted, isEnough } = await visit(letters.toSorted((a, b) => compareLetters(a.letter, b.letter)));
    for (const id of deleted) held.delete(id);
    const walked = { examined: seen.size, hiddenElsewhere: 0 };
    if (isEnough) return { ...walked, isComplete: true };
    if (!isEnd && cutOff()) return { ...walked, isComplete: false };
    if (!isEnd) continue;
    const { hidden } = await queue.count();
    return { ...walked, hiddenElsewhere: Math.max(0, hidden - held.size), isComplete: true };
  }
}

/** Receives until the group is full or no message is visible any more. */
async function receiveGroup(
  queue: DeadLetterQueue,
  { hiddenSeconds, lastLookSeconds }: WalkLimits,
  held: Map<string, string>,
  cutOff: () => boolean,
): Promise<{ letters: ReceivedLetter[]; isEnd: boolean }> {
  const letters: ReceivedLetter[] = [];
  let bytes = 0;
  let isEnd = false;
  const isFull = (): boolean => letters.length >= GROUP || bytes >= GROUP_BYTES;
  const receive = async (): Promise<void> => {
    for (let isLastLook = false; !isEnd && !isFull() && !cutOff();) {
      const received = await queue.receive(hiddenSeconds, isLastLook ? lastLookSeconds : 0);
      const unseen = received.filter(({ letter }) => !held.has(letter.messageId));
      for (const { letter, receiptHandle } of received) held.set(letter.messageId, receiptHandle);
      for (const one of unseen) {
        letters.push(one);
        bytes += one.body.length;
      }
      isEnd ||= isLastLook && unseen.length === 0;
      isLastLook = unseen.length === 0;
    }
  };
  await Promise.all(Array.from({ length: RECEIVERS }, receive));
  return { letters, isEnd };
}
