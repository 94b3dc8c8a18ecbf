import { z } from "zod";
import { functionEnvironmentSchema, jsonText, layerNamesSchema } from "../../shared/config/function-config.ts";

/** Environment variables of the sweep function. */
export const sweepEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_LAYERS: layerNamesSchema,
  /** JSON array of the URLs of the layers' queues. */
  BATON_LAYER_QUEUES: jsonText.pipe(z.array(z.url())),
  /** Minutes for which an active run may hold its turn while another run waits. */
  BATON_TURN_LIMIT_MINUTES: z.coerce.number().positive(),
});
