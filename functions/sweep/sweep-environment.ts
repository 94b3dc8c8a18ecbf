import { z } from "zod";
import { functionEnvironmentSchema, layerNamesSchema } from "../../shared/config/function-config.ts";

/** What the sweep function reads from its environment. */
export const sweepEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_LAYERS: layerNamesSchema,
  /** An active run may hold its turn for so many minutes while another run waits. */
  BATON_TURN_LIMIT_MINUTES: z.coerce.number().positive(),
});
