import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";

/** One row of the layer table in `serverless.yml`, as a function sees it in `BATON_LAYER`. */
export const layerPolicySchema = z.object({
  name: layerNameSchema,
  /** Name of the layer whose completion starts this one; absent for the first, which listens to requests. */
  listensTo: layerNameSchema.optional(),
  /** Names of all layers before this one, the first layer first. */
  ancestors: z.array(layerNameSchema).optional(),
  /** True where no other layer listens to this one: its completion completes the run. */
  isLast: z.boolean().default(false),
  /** Retries after the first attempt. */
  retries: z.int().min(0).max(20),
  retryIntervalSeconds: z.number().positive(),
  /** Factor from one interval to the next. */
  backoff: z.number().min(1),
});
export type LayerPolicy = z.infer<typeof layerPolicySchema>;
