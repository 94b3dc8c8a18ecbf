import { z } from "zod";
import { functionEnvironmentSchema, layerNamesSchema } from "../../shared/config/function-config.ts";

/** Environment variables of the sweep function. */
export const sweepEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_LAYERS: layerNamesSchema,
  /** Minutes for which an active run may hold its turn while another run waits. */
  BATON_TURN_LIMIT_MINUTES: z.coerce.number().positive(),
});
