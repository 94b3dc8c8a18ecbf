import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { dbtFolder } from "./dbt-command.ts";

const columnSchema = z.object({
  name: z.string(),
  description: z.string().default(""),
  data_type: z.string(),
  constraints: z.array(z.object({ type: z.string() })).default([]),
});
const metaSchema = z.object({
  primary_key: z.array(z.string()).default([]),
  indexes: z.array(z.union([z.string(), z.array(z.string())])).default([]),
});
const tableSchema = z.object({
  name: z.string(),
  description: z.string().default(""),
  config: z.object({ meta: metaSchema.optional() }).optional(),
  columns: z.array(columnSchema).default([]),
});
const fileSchema = z.object({
  models: z.array(tableSchema).default([]),
  seeds: z.array(tableSchema).default([]),
  sources: z.array(z.object({ name: z.string(), tables: z.array(tableSchema) })).default([]),
  unit_tests: z.array(z.object({ name: z.string(), model: z.string() })).default([]),
});
export type DescribedTable = z.infer<typeof tableSchema>;

/** Everything that the project's YAML says about tables and unit tests. */
export function describedProject() {
  const files = readdirSync(dbtFolder, { recursive: true, encoding: "utf8" })
    .filter((file) => /^(models|seeds)\/.*\.yml$/.test(file))
    .map((file) => ({
      file,
      ...fileSchema.parse(parse(readFileSync(join(dbtFolder, file), "utf8"), { merge: true })),
    }));
  const inSchema = (schema: string): DescribedTable[] =>
    files
      .filter(({ file }) => file.startsWith(schema === "seeds" ? "seeds/" : `models/${schema}/`))
      .flatMap(({ models, seeds }) => [...models, ...seeds]);
  return {
    tables: { seeds: inSchema("seeds"), silver: inSchema("silver"), gold: inSchema("gold") },
    sources: new Map(files.flatMap(({ sources }) => sources.map(({ name, tables }) => [name, tables] as const))),
    unitTests: files.flatMap(({ unit_tests }) => unit_tests),
  };
}
