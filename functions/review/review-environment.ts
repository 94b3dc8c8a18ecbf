import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";
import { functionEnvironmentSchema, jsonText } from "../../shared/config/function-config.ts";

const layersSchema = z.array(z.object({ name: layerNameSchema, alsoBuilds: z.array(z.string()).default([]) }));

/** Environment variables of the review function. */
export const reviewEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_QUEUE_URL: z.url(),
  BATON_DLQ_URL: z.url(),
  BATON_DBT_PYTHON: z.string().default("python3"),
  /** The deployed project: its launcher runs, and none of the project under review. */
  BATON_DBT_PROJECT: z.string().default("dbt"),
  BATON_DBT_THREADS: z.coerce.number().int().positive().default(4),
  /** JSON array of the layers, each with the other schemas of its dbt nodes. */
  BATON_LAYER_SCHEMAS: jsonText.pipe(layersSchema),
  /** Wait before a review that could not start is tried again. */
  BATON_REVIEW_CHECK_SECONDS: z.coerce.number().positive().default(30),
});
export type ReviewEnvironment = z.infer<typeof reviewEnvironmentSchema>;
