import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";

const folder = join(projectRoot, "dbt/models");

const columnSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  data_type: z.string().optional(),
  constraints: z.array(z.object({ type: z.string() })).default([]),
});
const modelSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  config: z
    .object({
      materialized: z.string().optional(),
      meta: z.object({ primary_key: z.array(z.string()).default([]) }).optional(),
    })
    .optional(),
  columns: z.array(columnSchema).default([]),
});
const fileSchema = z.object({ models: z.array(modelSchema).default([]) });
const NOT_STORED = ["view", "ephemeral"];

/** What the YAML beside a model lacks, so that its table cannot be created. */
function faultsOf(file: string): string[] {
  const path = join(folder, file).replace(/\.sql$/, ".yml");
  if (!existsSync(path)) return ["has no YAML file of the same name beside it"];
  const name = file.replace(/^.*\/|\.sql$/g, "");
  const { models } = fileSchema.parse(parse(readFileSync(path, "utf8"), { merge: true }));
  const model = models.find((each) => each.name === name);
  if (model === undefined) return [`is not described in ${name}.yml`];
  const { config, columns, description } = model;
  const inSql = /materialized\s*=\s*['"](\w+)/.exec(readFileSync(join(folder, file), "utf8"))?.[1];
  const isTable = !NOT_STORED.includes(inSql ?? config?.materialized ?? "table");
  const keys = config?.meta?.primary_key ?? [];
  const isRequired = (key: string): boolean =>
    columns.some((column) => column.name === key && column.constraints.some(({ type }) => type === "not_null"));
  return [
    ...(description === undefined ? ["has no description"] : []),
    ...columns.filter((column) => column.description === undefined).map((column) => `${column.name}: no description`),
    ...(isTable && keys.length === 0 ? ["has no config.meta.primary_key"] : []),
    ...(isTable ? columns.filter((column) => column.data_type === undefined) : []).map(
      (column) => `${column.name}: no data_type`,
    ),
    ...keys.filter((key) => !isRequired(key)).map((key) => `${key}: in primary_key, but no column with not_null`),
  ];
}

const models = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sql"));

describe("the YAML beside each model", () => {
  it.each(models)("has what the table of %s needs", (file) => {
    expect(faultsOf(file)).toEqual([]);
  });
});

describe("the YAML beside the singular tests", () => {
  it.each(["silver", "gold"])("describes every test of %s, and no other", (layer) => {
    const tests = join(projectRoot, "dbt/tests", layer);
    const { data_tests: described } = z
      .object({ data_tests: z.array(z.object({ name: z.string(), description: z.string().min(1) })) })
      .parse(parse(readFileSync(join(tests, `${layer}.yml`), "utf8")));

    const files = readdirSync(tests).filter((file) => file.endsWith(".sql"));

    expect(described.map(({ name }) => `${name}.sql`).sort()).toEqual(files.sort());
  });
});
