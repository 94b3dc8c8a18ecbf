import type { SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";
import { assertNever } from "../../shared/errors/assert-never.ts";
import type { DeadLetter } from "../../shared/dead-letters/dead-letter.ts";
import {
  listDeadLetters,
  purgeDeadLetters,
  replayDeadLetters,
  type LayerQueues,
} from "../../shared/dead-letters/dead-letter-queue.ts";

const queuesSchema = z.array(z.object({ layer: layerNameSchema, queueUrl: z.url(), dlqUrl: z.url() }));

/** What the replay function reads from its environment. */
export const replayEnvironmentSchema = z.object({
  /** JSON array of the queues of all layers. */
  BATON_QUEUES: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(queuesSchema),
});

/** What the replay function is asked: which dead letters, and what to do with them. */
export const replayRequestSchema = z.strictObject({
  action: z.enum(["list", "replay", "purge"]),
  /** Absent: all layers. */
  layer: layerNameSchema.optional(),
  runId: z.string().optional(),
  messageId: z.string().optional(),
  code: z.string().optional(),
  olderThan: z.iso.datetime({ offset: true }).optional(),
  limit: z.int().positive().optional(),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

/** The dead letters that were listed, sent back or deleted. */
export interface ReplayAnswer {
  letters: DeadLetter[];
}

/** Lists, sends back or deletes dead letters; the only function that may touch the queues of other layers. */
export async function replay(
  sqs: SQSClient,
  queues: readonly LayerQueues[],
  request: ReplayRequest,
): Promise<ReplayAnswer> {
  const { runId, messageId, code, limit } = request;
  const olderThan = request.olderThan === undefined ? undefined : new Date(request.olderThan);
  const letters: DeadLetter[] = [];
  for (const queue of queues.filter(({ layer }) => request.layer === undefined || layer === request.layer)) {
    const remaining = limit === undefined ? undefined : limit - letters.length;
    if (remaining === 0) break;
    letters.push(...(await act(sqs, queue, request, { runId, messageId, code, olderThan, limit: remaining })));
  }
  return { letters };
}

function act(
  sqs: SQSClient,
  queue: LayerQueues,
  { action }: ReplayRequest,
  filter: Parameters<typeof listDeadLetters>[2],
): Promise<DeadLetter[]> {
  switch (action) {
    case "list":
      return listDeadLetters(sqs, queue, filter);
    case "replay":
      return replayDeadLetters(sqs, queue, filter);
    case "purge":
      return purgeDeadLetters(sqs, queue, filter);
    default:
      return assertNever(action);
  }
}
