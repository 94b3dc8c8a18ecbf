import type { Connection } from "mysql2/promise";
import { LOCAL_STAGE } from "../text/command-for.ts";
import { noReplayText } from "../text/gap-text.ts";
import { NOT_AN_EVENT, type DlqMessage, type ReceivedMessage } from "./dlq-message.ts";
import { inBatches, type DeadLetterQueue } from "./dead-letter-queue.ts";
import { joinLedger } from "./join-ledger.ts";
import { matches, type MessageFilter } from "./message-filter.ts";
import { walkQueue, type Walked, type WalkLimits } from "./walk-queue.ts";

/** A DLQ message that the filter selects, but that stays in the queue. */
interface SkippedMessage {
  messageId: string;
  layer: string;
  runId: string;
  reason: "superseded" | "not-an-event" | "refused-by-queue";
  /** The reason in words, with the next step. */
  detail: string;
}

/** Which messages to replay or delete. */
export interface ReplayOrPurgeRequest {
  action: "replay" | "purge";
  filter: MessageFilter;
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
  messages: DlqMessage[];
  skipped: SkippedMessage[];
}

/**
 * Replays or deletes DLQ messages, oldest first. Each batch of ten is sent before it is deleted: a crash in between
 * loses no message, and a duplicate is harmless. The body is unchanged, so event ID and correlation ID are, too.
 *
 * @param ledger undefined when it cannot be read: then superseded runs are not recognized
 */
export async function replayOrPurge(
  queue: DeadLetterQueue,
  ledger: Connection | undefined,
  limits: WalkLimits,
  request: ReplayOrPurgeRequest,
): Promise<Taken> {
  const taken = new Map<string, DlqMessage>();
  const skipped = new Map<string, SkippedMessage>();
  let isOutOfTime = false;
  const walked = await walkQueue(queue, limits, async (received) => {
    if (ledger !== undefined) await joinLedger(ledger, queue.queues, received);
    const deleted = new Set<string>();
    const selected = received.filter(
      ({ dlqMessage }) => matches(dlqMessage, request.filter) && !taken.has(dlqMessage.messageId),
    );
    const chosen = selected.filter((one) => {
      const reason = skip(one, request);
      if (reason !== undefined) skipped.set(one.dlqMessage.messageId, reason);
      return reason === undefined;
    });
    for (const batch of inBatches(chosen.slice(0, request.limit - taken.size), bytesOf)) {
      isOutOfTime = Date.now() > limits.deadline.getTime();
      if (isOutOfTime) break;
      const { done, gone, refused } = await take(queue, batch, request);
      for (const { dlqMessage } of done) taken.set(dlqMessage.messageId, dlqMessage);
      for (const { dlqMessage } of gone) deleted.add(dlqMessage.messageId);
      if (request.action === "purge" && ledger !== undefined) await recordPurge(ledger, queue.queues.layer, gone);
      for (const one of refused) skipped.set(one.messageId, one);
    }
    return { deleted, isEnough: isOutOfTime || taken.size >= request.limit };
  });
  return {
    ...walked,
    isComplete: walked.isComplete && !isOutOfTime,
    messages: [...taken.values()],
    skipped: [...skipped.values()],
  };
}

/** Records that the messages of failed layers are deleted, so that no list and no page names them any more. */
async function recordPurge(ledger: Connection, layer: string, purged: readonly ReceivedMessage[]): Promise<void> {
  if (purged.length === 0) return;
  // the session only reads otherwise
  await ledger.query("START TRANSACTION READ WRITE");
  await ledger.query(
    "UPDATE layer_run SET purged_at = UTC_TIMESTAMP(6) WHERE layer = ? AND state = 'failed' AND run_id IN (?)",
    [layer, purged.map(({ dlqMessage }) => dlqMessage.runId)],
  );
  await ledger.query("COMMIT");
}

function bytesOf({ body }: ReceivedMessage): number {
  return Buffer.byteLength(body);
}

function skip(
  { dlqMessage }: ReceivedMessage,
  { action, superseded }: ReplayOrPurgeRequest,
): SkippedMessage | undefined {
  if (action === "purge") return undefined;
  const { messageId, layer, runId } = dlqMessage;
  const about = { messageId, layer, runId };
  if (dlqMessage.detailType === NOT_AN_EVENT) {
    const detail = `The layer cannot read it on a second attempt either. Read it, then delete it: ./baton dlq purge ${layer} --id ${messageId} --yes`;
    return { ...about, reason: "not-an-event", detail };
  }
  if (dlqMessage.supersededBy !== undefined && superseded === "skip") {
    const why = noReplayText(LOCAL_STAGE, runId, dlqMessage.supersededBy);
    const detail = `${why} To delete the message: ./baton dlq purge ${layer} --run ${runId} --yes`;
    return { ...about, reason: "superseded", detail };
  }
  return undefined;
}

async function take(
  queue: DeadLetterQueue,
  batch: readonly ReceivedMessage[],
  { action, mode }: ReplayOrPurgeRequest,
): Promise<{ done: readonly ReceivedMessage[]; gone: readonly ReceivedMessage[]; refused: SkippedMessage[] }> {
  if (mode === "dry") return { done: batch, gone: [], refused: [] };
  if (action === "purge") {
    const gone = await queue.delete(batch);
    return { done: gone, gone, refused: [] };
  }
  const { sent, refused } = await queue.sendBack(batch);
  return {
    done: sent,
    gone: await queue.delete(sent),
    refused: batch.flatMap(({ dlqMessage: { messageId, layer, runId } }) => {
      const why = refused.get(messageId);
      if (why === undefined) return [];
      return [
        { messageId, layer, runId, reason: "refused-by-queue" as const, detail: `SQS did not accept it: ${why}` },
      ];
    }),
  };
}
