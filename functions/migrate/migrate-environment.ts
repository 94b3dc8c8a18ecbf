import { z } from "zod";
import { jsonText, layerSchemasSchema, queueEnvironmentSchema } from "../../shared/config/function-config.ts";

/** Environment variables of the function migrate; `AURORA_*` are the source of the move. */
export const migrateEnvironmentSchema = queueEnvironmentSchema.extend({
  BATON_MIGRATE_TO_ENDPOINT: z.string().min(1),
  BATON_MIGRATE_TO_PORT: z.coerce.number().int().positive(),
  /** Secret with `username` and `password`. */
  BATON_MIGRATE_TO_SECRET_ARN: z.string().min(1),
  BATON_LAYER_SCHEMAS: jsonText.pipe(layerSchemasSchema),
});
export type MigrateEnvironment = z.infer<typeof migrateEnvironmentSchema>;
