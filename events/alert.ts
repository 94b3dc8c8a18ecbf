import { z } from "zod";

/** Severity of an alert. */
export const severitySchema = z.enum(["error", "warning"]);

/** An alert, as in the alerts queue. */
export const alertSchema = z.object({
  /** The same change of the same incident always has the same ID. */
  id: z.string(),
  kind: z.enum(["opened", "worse", "recovered"]),
  severity: severitySchema,
  stage: z.string(),
  at: z.string(),
  subject: z.string(),
  text: z.string(),
  layer: z.string().optional(),
  runId: z.string().optional(),
});
export type Alert = z.infer<typeof alertSchema>;
