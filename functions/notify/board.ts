import { z } from "zod";
import { alertSchema, severitySchema } from "../../events/alert.ts";

/** A layer's failure, as its event tells it. */
const layerFailureSchema = z.object({
  layer: z.string(),
  runId: z.string(),
  businessDate: z.string(),
  attempt: z.number(),
  failedAt: z.string(),
  code: z.string(),
  message: z.string(),
  advice: z.string().optional(),
  /** Models or tables that failed. */
  subjects: z.array(z.string()),
  /** Failed data tests, with the rows that each found, and what it says of them. */
  tests: z.array(
    z.object({ name: z.string(), model: z.string(), failures: z.number(), message: z.string().optional() }),
  ),
});
export type LayerFailure = z.infer<typeof layerFailureSchema>;

/** Something is wrong, people were told once, and will be told once when it is right again. */
const incidentSchema = z.object({
  /** Layer, queue or function; empty for the whole stage. */
  subject: z.string(),
  /** Alarms of one group and subject are one incident; failures of a layer have the group `layer`. */
  group: z.string(),
  openedAt: z.string(),
  severity: severitySchema,
  failure: layerFailureSchema.optional(),
  /** Alarms that are on for it, each with its reason. */
  alarms: z.array(z.object({ name: z.string(), kind: z.string(), reason: z.string() })),
});
export type Incident = z.infer<typeof incidentSchema>;

const completionSchema = z.object({ runId: z.string(), businessDate: z.string(), finishedAt: z.string() });
export type Completion = z.infer<typeof completionSchema>;

/** A message to people, until every channel has it. */
const pendingAlertSchema = alertSchema.extend({
  deliveredTo: z.array(z.string()),
  /** Until then a function is at work to deliver it, and others leave it alone. */
  leasedUntil: z.string(),
});
export type PendingAlert = z.infer<typeof pendingAlertSchema>;

/** All that notify knows: what is wrong, what was last right, and who has yet to be told. */
export const boardSchema = z.object({
  /** The newest completion of a run: its gold is what dashboards show. */
  completed: completionSchema.optional(),
  refreshed: completionSchema.optional(),
  alarms: z.record(z.string(), z.object({ state: z.enum(["ALARM", "OK"]), changedAt: z.string() })),
  open: z.array(incidentSchema),
  outbox: z.array(pendingAlertSchema),
});
export type Board = z.infer<typeof boardSchema>;

export const EMPTY_BOARD: Board = { alarms: {}, open: [], outbox: [] };

/** Group of incidents that are failures of a layer. */
export const LAYER_GROUP = "layer";
/** The function whose completion is the refresh of the dashboards, not that of a run. */
export const REFRESH = "refresh";
