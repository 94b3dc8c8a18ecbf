import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Connection } from "mysql2/promise";
import { z } from "zod";
import { jsonText } from "../../shared/config/function-config.ts";
import { layerNameSchema } from "../../events/ids.ts";
import { DeadLetterQueue, type LayerQueues } from "../../shared/dead-letters/dead-letter-queue.ts";
import type { MessageFilter } from "../../shared/dead-letters/message-filter.ts";
import { listMessages } from "../../shared/dead-letters/list-messages.ts";
import { mayHoldMessages } from "../../shared/dead-letters/may-hold-messages.ts";
import { replayOrPurge } from "../../shared/dead-letters/replay-or-purge.ts";
import type { WalkLimits } from "../../shared/dead-letters/walk-queue.ts";
import { TransientError } from "../../shared/errors/errors.ts";
import type { ReplayAnswer, ReplayRequest } from "../../shared/dead-letters/replay-api.ts";

const queuesSchema = z.array(
  z.object({ layer: layerNameSchema, listensTo: layerNameSchema.optional(), queueUrl: z.url(), dlqUrl: z.url() }),
);

/** Environment variables of the replay function, in addition to those of every function. */
export const replayEnvironmentSchema = z.object({
  /** JSON array of the queues of all layers. */
  BATON_QUEUES: jsonText.pipe(queuesSchema),
});

/** Most messages and bytes of one answer: Lambda allows 6 MB. @see Lambda quotas, "Invocation payload" */
const PAGE = 2_000;
const PAGE_BYTES = 4 * 1024 ** 2;
/** Most messages that one call replays or deletes: the list of them must fit into the answer. */
const TAKEN_AT_ONCE = 2_000;

/** Dependencies of replay. */
export interface ReplayPorts {
  sqs: SQSClient;
  queues: readonly LayerQueues[];
  /** `none` before the first run. */
  ledger: Connection | "none" | "unreachable";
  limits: WalkLimits;
}

/**
 * Lists, replays or deletes DLQ messages. Only this function has access to the queues of all layers.
 *
 * @throws TransientError REPLAY_WITHOUT_LEDGER when a replay cannot determine which runs are superseded
 */
export async function replay(ports: ReplayPorts, request: ReplayRequest): Promise<ReplayAnswer> {
  if (ports.ledger === "unreachable" && request.action === "replay" && !request.force) {
    throw new TransientError(
      "REPLAY_WITHOUT_LEDGER",
      "the ledger cannot be read, so superseded runs are unknown; nothing was sent back",
      {
        kind: "database",
        advice: "Check the database: ./baton doctor. To replay without the ledger: ./baton dlq replay --force",
      },
    );
  }
  return request.action === "list" ? list(ports, request) : take(ports, request, request.action);
}

function filterOf({ runId, messageId, pattern, olderThan }: ReplayRequest): MessageFilter {
  return { runId, messageId, pattern, olderThan: olderThan === undefined ? undefined : new Date(olderThan) };
}

/** The requested queues that may hold messages, in the order of the layers. */
async function chosenQueues(ports: ReplayPorts, { layer, after }: ReplayRequest): Promise<LayerQueues[]> {
  const queues = ports.queues.filter((queue) => layer === undefined || queue.layer === layer);
  // a later page continues after the last message, even if its queue is empty by then
  if (after !== undefined) return queues;
  const mayHold = await Promise.all(
    queues.map((queue) => mayHoldMessages(new DeadLetterQueue(ports.sqs, queue), ports.ledger)),
  );
  return queues.filter((_, index) => mayHold[index]);
}

function emptyAnswer({ ledger }: ReplayPorts): ReplayAnswer {
  const ledgerState = ledger === "unreachable" ? "unreachable" : "joined";
  return { messages: [], skipped: [], examined: 0, hiddenElsewhere: 0, isComplete: true, ledger: ledgerState };
}

function connectionOf({ ledger }: ReplayPorts): Connection | undefined {
  return typeof ledger === "string" ? undefined : ledger;
}

async function list(ports: ReplayPorts, request: ReplayRequest): Promise<ReplayAnswer> {
  const answer = emptyAnswer(ports);
  const [layer, sentAt = "", messageId = ""] = request.after?.split(" ") ?? [];
  const queues = await chosenQueues(ports, request);
  const first =
    layer === undefined
      ? 0
      : Math.max(
          0,
          queues.findIndex((queue) => queue.layer === layer),
        );
  let bytes = 0;
  for (const [index, queue] of queues.slice(first).entries()) {
    const isLimited = request.limit !== undefined && request.limit - answer.messages.length <= PAGE;
    const page = Math.min(PAGE, request.limit ?? PAGE) - answer.messages.length;
    const pageBytes = PAGE_BYTES - bytes;
    if (page <= 0 || pageBytes <= 0) {
      return isLimited ? answer : { ...answer, isComplete: false, next: `${queue.layer}  ` };
    }
    const found = await listMessages(new DeadLetterQueue(ports.sqs, queue), connectionOf(ports), ports.limits, {
      filter: filterOf(request),
      after: index === 0 && layer !== undefined ? { sentAt, messageId } : undefined,
      page,
      pageBytes,
      content: request.withBodies ? "with-body" : "summary",
    });
    answer.messages.push(...found.messages);
    answer.examined += found.examined;
    answer.hiddenElsewhere += found.hiddenElsewhere;
    answer.isComplete &&= found.isComplete;
    bytes = Buffer.byteLength(JSON.stringify(answer.messages));
    const last = found.messages.at(-1);
    if (found.hasMore && last !== undefined) {
      if (answer.messages.length === request.limit) return answer;
      return { ...answer, isComplete: false, next: `${queue.layer} ${last.sentAt} ${last.messageId}` };
    }
  }
  return answer;
}

async function take(ports: ReplayPorts, request: ReplayRequest, action: "replay" | "purge"): Promise<ReplayAnswer> {
  const answer = emptyAnswer(ports);
  const most = Math.min(TAKEN_AT_ONCE, request.limit ?? TAKEN_AT_ONCE);
  for (const queue of await chosenQueues(ports, request)) {
    const limit = most - answer.messages.length;
    if (limit <= 0) break;
    const taken = await replayOrPurge(new DeadLetterQueue(ports.sqs, queue), connectionOf(ports), ports.limits, {
      action,
      filter: filterOf(request),
      limit,
      mode: request.dryRun ? "dry" : "real",
      superseded: request.force ? "send" : "skip",
    });
    answer.messages.push(...taken.messages);
    answer.skipped.push(...taken.skipped.slice(0, TAKEN_AT_ONCE - answer.skipped.length));
    answer.examined += taken.examined;
    answer.hiddenElsewhere += taken.hiddenElsewhere;
    answer.isComplete &&= taken.isComplete;
  }
  const isFull = answer.messages.length === TAKEN_AT_ONCE && request.limit !== TAKEN_AT_ONCE;
  return { ...answer, isComplete: answer.isComplete && !isFull };
}
