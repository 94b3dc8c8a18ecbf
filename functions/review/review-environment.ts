import { z } from "zod";
import { jsonText, layerSchemasSchema, queueEnvironmentSchema } from "../../shared/config/function-config.ts";

/** Environment variables of the review function. */
export const reviewEnvironmentSchema = queueEnvironmentSchema.extend({
  BATON_DBT_PYTHON: z.string().default("python3"),
  /** The deployed project: its launcher runs, and none of the project under review. */
  BATON_DBT_PROJECT: z.string().default("dbt"),
  BATON_DBT_THREADS: z.coerce.number().int().positive().default(4),
  BATON_LAYER_SCHEMAS: jsonText.pipe(layerSchemasSchema),
  /** Wait before a review that could not start is tried again. */
  BATON_REVIEW_CHECK_SECONDS: z.coerce.number().positive().default(30),
});
export type ReviewEnvironment = z.infer<typeof reviewEnvironmentSchema>;
