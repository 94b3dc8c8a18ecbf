import { z } from "zod";
import { alertSchema, severitySchema } from "../../events/alert.ts";

/** A layer's failure, as its event reports it. */
const layerFailureSchema = z.object({
  layer: z.string(),
  runId: z.string(),
  businessDate: z.string(),
  attempt: z.number(),
  failedAt: z.string(),
  code: z.string(),
  message: z.string(),
  /** From Baton's own table of errors, never from an event. */
  advice: z.string().optional(),
  /** Models or tables that failed. */
  subjects: z.array(z.string()),
  /** Failed data tests, each with its number of failing rows and its message. */
  tests: z.array(
    z.object({ name: z.string(), model: z.string(), failures: z.number(), message: z.string().optional() }),
  ),
});
export type LayerFailure = z.infer<typeof layerFailureSchema>;

/** A problem: one alert when it begins, one when it has recovered. */
const incidentSchema = z.object({
  /** Layer, queue or function; empty for the whole environment. */
  subject: z.string(),
  /** Alarms of one group and subject are one incident; failures of a layer have the group `layer`. */
  group: z.string(),
  openedAt: z.string(),
  severity: severitySchema,
  failure: layerFailureSchema.optional(),
  /** Its alarms in state ALARM, each with its reason. */
  alarms: z.array(z.object({ name: z.string(), kind: z.string(), reason: z.string() })),
});
export type Incident = z.infer<typeof incidentSchema>;

const completionSchema = z.object({ runId: z.string(), businessDate: z.string(), finishedAt: z.string() });
export type Completion = z.infer<typeof completionSchema>;

/** An alert that is not yet delivered to every channel. */
const pendingAlertSchema = alertSchema.extend({
  deliveredTo: z.array(z.string()),
  /** Until then the function that delivers it has a lease, and other functions skip it. */
  leasedUntil: z.string(),
});
export type PendingAlert = z.infer<typeof pendingAlertSchema>;

/** The state of notify: open incidents, the last completions, alerts to deliver. */
export const boardSchema = z.object({
  /** The newest completed run: dashboards show its gold tables. */
  completed: completionSchema.optional(),
  refreshed: completionSchema.optional(),
  alarms: z.record(z.string(), z.object({ state: z.enum(["ALARM", "OK"]), changedAt: z.string() })),
  open: z.array(incidentSchema),
  outbox: z.array(pendingAlertSchema),
});
export type Board = z.infer<typeof boardSchema>;

/** The board is one item of at most 400 KB: beyond these limits the oldest entries are dropped. */
const MAX_OPEN = 50;
const MAX_ALARMS = 200;
const MAX_OUTBOX = 50;
const MAX_BOARD_BYTES = 300_000;

/** The board within its limits. Alerts that a channel already has are dropped before alerts that nobody has. */
export function withinLimits(board: Board): Board {
  const alarms = Object.entries(board.alarms).sort(([, a], [, b]) => a.changedAt.localeCompare(b.changedAt));
  const limited = {
    ...board,
    alarms: alarms.length <= MAX_ALARMS ? board.alarms : Object.fromEntries(alarms.slice(-MAX_ALARMS)),
    open: board.open.slice(-MAX_OPEN),
  };
  while (limited.outbox.length > MAX_OUTBOX || Buffer.byteLength(JSON.stringify(limited)) > MAX_BOARD_BYTES) {
    const oldest = limited.outbox.find(({ deliveredTo }) => deliveredTo.length > 0) ?? limited.outbox[0];
    if (oldest === undefined) return limited;
    limited.outbox = limited.outbox.filter((alert) => alert !== oldest);
  }
  return limited;
}

export const EMPTY_BOARD: Board = { alarms: {}, open: [], outbox: [] };

/** Group of incidents that are failures of a layer. */
export const LAYER_GROUP = "layer";
/** The function whose completion is the refresh of the dashboards, not the completion of a run. */
export const REFRESH = "refresh";
