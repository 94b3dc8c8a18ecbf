import type { SQSClient } from "@aws-sdk/client-sqs";
import { DeadLetterQueue, type LayerQueues } from "../../../shared/dead-letters/dead-letter-queue.ts";
import { replayOrPurge } from "../../../shared/dead-letters/replay-or-purge.ts";

/** Replays every DLQ message of a layer, as `./baton dlq replay` does. @returns the number of messages */
export async function replayAll(sqs: SQSClient, queues: LayerQueues): Promise<number> {
  const limits = { deadline: new Date(Date.now() + 60_000), hiddenSeconds: 30, patienceMs: 0, lastLookSeconds: 0 };
  const all = { action: "replay", filter: {}, limit: 1_000, mode: "real", superseded: "skip" } as const;
  return (await replayOrPurge(new DeadLetterQueue(sqs, queues), undefined, limits, all)).messages.length;
}
