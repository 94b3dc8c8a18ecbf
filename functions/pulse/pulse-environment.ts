import { z } from "zod";
import { functionEnvironmentSchema, jsonText, layerNamesSchema } from "../../shared/config/function-config.ts";

/** Environment variables of the pulse function. */
export const pulseEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_LAYERS: layerNamesSchema,
  /** JSON array of the dead-letter queues: name of the layer or function, and URL. */
  BATON_DEAD_LETTER_QUEUES: jsonText.pipe(z.array(z.object({ name: z.string(), url: z.url() }))),
  /** JSON array of the URLs of the layers' queues. */
  BATON_LAYER_QUEUES: jsonText.pipe(z.array(z.url())),
  /** Time in the source's time zone by which the day's run must be complete, `HH:MM`; empty: no deadline. */
  BATON_RUN_DEADLINE: z.union([z.literal(""), z.iso.time({ precision: -1 })]).default(""),
});
export type PulseEnvironment = z.infer<typeof pulseEnvironmentSchema>;
