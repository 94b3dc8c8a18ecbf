import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";

/** Request to the replay function: which DLQ messages, and what to do with them. */
export const replayRequestSchema = z.strictObject({
  action: z.enum(["list", "replay", "purge"]).meta({ description: "`purge` deletes permanently" }),
  layer: layerNameSchema.optional().meta({ description: "absent: all layers" }),
  runId: z.string().optional().meta({ description: "only of this run" }),
  messageId: z.string().optional().meta({ description: "only this message" }),
  pattern: z.string().optional().meta({ description: "only with this error pattern or code (docs/errors.md)" }),
  olderThan: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: "only messages that failed before this time" }),
  limit: z.int().positive().optional().meta({ description: "at most this many, the oldest first" }),
  dryRun: z.boolean().default(false).meta({ description: "replay and purge: only report what would be done" }),
  force: z
    .boolean()
    .default(false)
    .meta({ description: "replay: also messages of superseded runs, and when the ledger is not reachable" }),
  withBodies: z.boolean().default(false).meta({ description: "list: include the message bodies" }),
  after: z.string().optional().meta({ description: "list: `next` of the previous page" }),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

const messageSchema = z.object({
  messageId: z.string().meta({ description: "of the message in the DLQ; a redrive gives it a new one" }),
  layer: z.string(),
  runId: z.string().meta({ description: "`unknown` if neither the message nor the ledger has it" }),
  detailType: z.string().meta({ description: "of the event, or `not an event`" }),
  kind: z.string(),
  code: z.string(),
  pattern: z.string().optional(),
  message: z.string().meta({ description: "the first 1,000 characters" }),
  advice: z.string().optional().meta({ description: "the next step" }),
  attempt: z.number(),
  failedAt: z.string().optional().meta({ description: "ISO 8601, UTC" }),
  sentAt: z.string().meta({ description: "when it was sent to the DLQ" }),
  supersededBy: z.string().optional().meta({ description: "the newer run that replaced it" }),
  body: z.string().optional().meta({ description: "with `withBodies`" }),
});

/** Answer of the replay function. */
export const replayAnswerSchema = z.object({
  messages: z.array(messageSchema).meta({ description: "listed, sent back or deleted; oldest first in each layer" }),
  skipped: z
    .array(
      z.object({
        messageId: z.string(),
        layer: z.string(),
        runId: z.string(),
        reason: z.enum(["superseded", "not-an-event", "refused-by-queue"]),
        detail: z.string(),
      }),
    )
    .meta({ description: "selected messages that stay in the DLQ, with the reason" }),
  examined: z.int().meta({ description: "messages that were read" }),
  hiddenElsewhere: z
    .int()
    .meta({ description: "messages that another reader holds at this moment; they were not read" }),
  isComplete: z.boolean().meta({ description: "false: there is more; call again (list: with `after`)" }),
  next: z.string().optional().meta({ description: "list: start of the next page" }),
  ledger: z
    .enum(["joined", "unreachable"])
    .meta({ description: "unreachable: only data from the messages; patterns and newer runs are unknown" }),
});
export type ReplayAnswer = z.infer<typeof replayAnswerSchema>;
