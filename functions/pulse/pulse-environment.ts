import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";
import { functionEnvironmentSchema } from "../../shared/config/function-config.ts";

/** What the pulse function reads from its environment. */
export const pulseEnvironmentSchema = functionEnvironmentSchema.extend({
  /** Names of the layers, separated by commas. */
  BATON_LAYERS: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(layerNameSchema)),
  /** JSON array of the dead-letter queues: whose they are and where. */
  BATON_DEAD_LETTER_QUEUES: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(z.object({ name: z.string(), url: z.url() }))),
  /** Tokyo time by which the day's run must be complete, `HH:MM`; empty where nobody expects one. */
  BATON_RUN_DEADLINE: z.union([z.literal(""), z.iso.time({ precision: -1 })]).default(""),
});
export type PulseEnvironment = z.infer<typeof pulseEnvironmentSchema>;
