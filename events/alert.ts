import { z } from "zod";

/** How bad a thing is that people are told of. */
export const severitySchema = z.enum(["error", "warning"]);

/** A message to people, as it stands in the queue of alerts. */
export const alertSchema = z.object({
  /** The same for the same change of the same incident. */
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
