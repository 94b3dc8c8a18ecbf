import { z } from "zod";
import { layerNameSchema } from "../../events/ids.ts";
import { oneLine } from "../../events/one-line.ts";
import { PermanentError } from "../errors/errors.ts";
import { layerPolicySchema } from "./layer-table.ts";
import { warehouseEnvironmentSchema } from "./warehouse-config.ts";

/** An environment variable that contains JSON. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "expected JSON" });
    return z.NEVER;
  }
});
const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );

/** The layers, each with the other schemas of its dbt nodes. */
export const layerSchemasSchema = z.array(
  z.object({ name: layerNameSchema, alsoBuilds: z.array(z.string()).default([]) }),
);

/** Names of the layers in the order of the layer table, separated by commas. */
export const layerNamesSchema = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(layerNameSchema));

/** Environment variables of every function of the stack. */
export const functionEnvironmentSchema = warehouseEnvironmentSchema.extend({
  BATON_STAGE: z.string().min(1),
  /** The deployment that writes: `<account>/<region>/<stage>`. A warehouse accepts events of only one deployment. */
  BATON_DEPLOYMENT: z.string().default(""),
  /** Time zone of the source: see `timeZone`, which reads it where it is used. */
  BATON_TIME_ZONE: z.string().optional(),
  BATON_BUS: z.string().min(1),
  BATON_BUCKET: z.string().min(1),
  /** Hash of the deployed code. */
  BATON_CODE: z.string().default(""),
  /** Expected fingerprint of the warehouse; empty when none has been recorded. */
  BATON_TARGET_FINGERPRINT: z.string().default(""),
});

/** Environment variables of a function that moves messages of its queue itself. */
export const queueEnvironmentSchema = functionEnvironmentSchema.extend({
  BATON_QUEUE_URL: z.url(),
  BATON_DLQ_URL: z.url(),
});

/** Additional environment variables of a layer's function. */
export const layerEnvironmentSchema = queueEnvironmentSchema.extend({
  BATON_LAYER: jsonText.pipe(layerPolicySchema),
  /** Multiplies the retry intervals: 1 on AWS, a small factor on a local stack. */
  BATON_INTERVAL_SCALE: z.coerce.number().positive().default(1),
  /** Interval at which the message's visibility timeout is extended, to three times the interval. */
  BATON_HEARTBEAT_SECONDS: z.coerce.number().positive().default(40),
  /** Name of the source's dumps, without date and extension. */
  BATON_DUMP_NAME: z.string().min(1),
  /** Name of the source's database; empty when manifests may name any. */
  BATON_SOURCE_DATABASE: z.string().default(""),
  PRESERVE_EMPTY_TABLES: list,
  BATON_DBT_PYTHON: z.string().default("python3"),
  BATON_DBT_PROJECT: z.string().default("dbt"),
  /** Folder of the dbt project, or at least its sources and seeds, which contain the rules of the data checks. */
  BATON_QUALITY_RULES: z.string().default("dbt"),
  BATON_DBT_THREADS: z.coerce.number().int().positive().default(4),
});
export type FunctionEnvironment = z.infer<typeof functionEnvironmentSchema>;
export type LayerEnvironment = z.infer<typeof layerEnvironmentSchema>;

/**
 * Reads and checks environment variables.
 *
 * @throws PermanentError CONFIG_INVALID naming each variable that is missing or wrong
 */
export function parseEnvironment<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new PermanentError("CONFIG_INVALID", `environment: ${oneLine(parsed.error)}`, {
    advice: "Set the variables in serverless.yml and deploy again.",
  });
}
