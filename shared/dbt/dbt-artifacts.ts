import { z } from "zod";

/**
 * The message of a node, without blank lines. A layer and a review remove their folder with the compiled SQL, so its path
 * is left out.
 */
export const nodeMessageSchema = z.string().transform((text) =>
  text
    .split("\n")
    .filter((line) => !/^\s*(compiled code at .*)?$/.test(line))
    .join("\n")
    .trim(),
);

/** The used part of dbt's `run_results.json`. @see dbt documentation, "Run results JSON file" */
export const runResultsSchema = z.object({
  results: z.array(
    z.object({
      unique_id: z.string(),
      status: z.enum([
        "success",
        "error",
        "skipped",
        "partial success",
        "no-op",
        "pass",
        "fail",
        "warn",
        "runtime error",
      ]),
      message: nodeMessageSchema.nullish(),
      failures: z.number().nullish(),
      execution_time: z.number(),
      compiled_code: z.string().nullish(),
    }),
  ),
});
export type DbtRunResults = z.infer<typeof runResultsSchema>;
export type DbtResult = DbtRunResults["results"][number];

/** Columns by name, as described in the YAML. */
const columns = z
  .record(
    z.string(),
    z.object({
      name: z.string(),
      config: z
        .object({ meta: z.object({ personal: z.boolean().default(false) }).default({ personal: false }) })
        .default({ meta: { personal: false } }),
    }),
  )
  .default({});

const node = z.object({
  unique_id: z.string(),
  name: z.string(),
  resource_type: z.string(),
  schema: z.string().nullish(),
  alias: z.string().nullish(),
  original_file_path: z.string().default(""),
  config: z.looseObject({ materialized: z.string().nullish(), severity: z.string().nullish() }),
  depends_on: z.object({ nodes: z.array(z.string()).default([]) }).default({ nodes: [] }),
  attached_node: z.string().nullish(),
  column_name: z.string().nullish(),
  description: z.string().default(""),
  columns,
});

/** The used part of dbt's `manifest.json`. @see dbt documentation, "Manifest JSON file" */
export const manifestSchema = z.object({
  nodes: z.record(z.string(), node),
  sources: z
    .record(z.string(), z.object({ name: z.string(), source_name: z.string().optional(), columns }))
    .default({}),
});
export type DbtManifest = z.infer<typeof manifestSchema>;
export type DbtNode = DbtManifest["nodes"][string];
