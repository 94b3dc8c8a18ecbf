import type { Connection } from "mysql2/promise";
import { NOT_AN_EVENT, type DeadLetter, type ReceivedLetter } from "./dead-letter.ts";
import { inBatches, type DeadLetterQueue } from "./dead-letter-queue.ts";
import { joinLedger } from "./join-ledger.ts";
import { matches, type LetterFilter } from "./letter-filter.ts";
import { walkQueue, type Walked, type WalkLimits } from "./walk-queue.ts";

/** A DLQ message that the filter selects, but that stays in the queue. */
interface SkippedLetter {
  messageId: string;
  layer: string;
  runId: string;
  reason: "superseded" | "not-an-event" | "refused-by-queue";
  /** The reason in words, with the next step. */
  detail: string;
}

/** Which messages to replay or delete. */
export interface TakeRequest {
  action: "replay" | "purge";
  filter: LetterFilter;
  /** Most messages to process. */
  limit: number;
  /** `dry` only reports what would be done. */
  mode: "real" | "dry";
  /** Whether messages of superseded runs are also replayed. */
  superseded: "skip" | "send";
}

/** The result of a replay or a purge. */
export interface Taken extends Walked {
  /** Oldest first. */
  letters: DeadLetter[];
  skipped: SkippedLetter[];
}

/**
 * Replays or deletes DLQ messages, oldest first. Each batch of ten is sent before it is deleted: a crash in between
 * loses no message, and a duplicate is harmless. The body is unchanged, so event ID and correlation ID are, too.
 *
 * @param ledger undefined when it cannot be read: then superseded runs are not recognized
 */
export async function takeLetters(
  queue: DeadLetterQueue,
  ledger: Connection | undefined,
  limits: WalkLimits,
  request: TakeRequest,
): Promise<Taken> {
  const taken = new Map<string, DeadLetter>();
  const skipped = new Map<string, SkippedLetter>();
  let isOutOfTime = false;
  const walked = await walkQueue(queue, limits, async (received) => {
    if (ledger !== undefined) await joinLedger(ledger, queue.queues, received);
    const deleted = new Set<string>();
    const meant = received.filter(({ letter }) => matches(letter, request.filter) && !taken.has(letter.messageId));
    const chosen = meant.filter((one) => {
      const reason = skip(one, request);
      if (reason !== undefined) skipped.set(one.letter.messageId, reason);
      return reason === undefined;
    });
    for (const batch of inBatches(chosen.slice(0, request.limit - taken.size), bytesOf)) {
      isOutOfTime = Date.now() > limits.deadline.getTime();
      if (isOutOfTime) break;
      const { done, gone, refused } = await take(queue, batch, request);
      for (const { letter } of done) taken.set(letter.messageId, letter);
      for (const { letter } of gone) deleted.add(letter.messageId);
      for (const one of refused) skipped.set(one.messageId, one);
    }
    return { deleted, isEnough: isOutOfTime || taken.size >= request.limit };
  });
  return {
    ...walked,
    isComplete: walked.isComplete && !isOutOfTime,
    letters: [...taken.values()],
    skipped: [...skipped.values()],
  };
}

function bytesOf({ body }: ReceivedLetter): number {
  return Buffer.byteLength(body);
}

function skip({ letter }: ReceivedLetter, { action, superseded }: TakeRequest): SkippedLetter | undefined {
  if (action === "purge") return undefined;
  const { messageId, layer, runId } = letter;
  const about = { messageId, layer, runId };
  if (letter.detailType === NOT_AN_EVENT) {
    const detail = `The layer could not read it again either. Look at it and delete it: ./baton dlq purge ${layer} --id ${messageId} --yes`;
    return { ...about, reason: "not-an-event", detail };
  }
  if (letter.supersededBy !== undefined && superseded === "skip") {
    const detail = `Run ${letter.supersededBy} is newer and live: ${layer} of this run would be refused. Delete it: ./baton dlq purge ${layer} --run ${runId} --yes`;
    return { ...about, reason: "superseded", detail };
  }
  return undefined;
}

async function take(
  queue: DeadLetterQueue,
  batch: readonly ReceivedLetter[],
  { action, mode }: TakeRequest,
): Promise<{ done: readonly ReceivedLetter[]; gone: readonly ReceivedLetter[]; refused: SkippedLetter[] }> {
  if (mode === "dry") return { done: batch, gone: [], refused: [] };
  if (action === "purge") {
    const gone = await queue.delete(batch);
    return { done: gone, gone, refused: [] };
  }
  const { sent, refused } = await queue.sendBack(batch);
  return {
    done: sent,
    gone: await queue.delete(sent),
    refused: batch.flatMap(({ letter: { messageId, layer, runId } }) => {
      const why = refused.get(messageId);
      if (why === undefined) return [];
      return [{ messageId, layer, runId, reason: "refused-by-queue" as const, detail: `SQS did not take it: ${why}` }];
    }),
  };
}
