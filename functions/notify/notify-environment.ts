import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";
import { webhookFormatSchema } from "./webhook.ts";

/** Environment variables of the notify function. */
export const notifyEnvironmentSchema = z.object({
  BATON_STAGE: z.string().min(1),
  BATON_QUEUE_URL: z.url(),
  BATON_DLQ_URL: z.url(),
  BATON_ALERTS_TOPIC: z.string().min(1),
  BATON_INCIDENTS_TABLE: z.string().min(1),
  BATON_LAST_LAYER: layerNameSchema,
  BATON_BUCKET: z.string().min(1),
  BATON_CONSOLE_URL: z.string().default(""),
  BATON_WEBHOOK_SECRET_ARN: z.string().default(""),
  BATON_WEBHOOK_FORMAT: webhookFormatSchema.default("slack"),
  /** An alarm waits this long for the layer's event, which has more details. */
  BATON_DEFER_SECONDS: z.coerce.number().int().min(0).max(900).default(120),
  AWS_REGION: z.string().default(""),
  AWS_ENDPOINT_URL: z.string().default(""),
});
export type NotifyEnvironment = z.infer<typeof notifyEnvironmentSchema>;
