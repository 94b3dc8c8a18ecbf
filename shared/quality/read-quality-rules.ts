import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { oneLine } from "../../events/one-line.ts";
import { PermanentError } from "../errors/errors.ts";
import { limitsSchema, type CodeColumn, type FreshnessRule, type QualityRules } from "./quality-rules.ts";

const freshnessLimits = z.object({ warn_above_hours: z.number(), error_above_hours: z.number() });

/** A data test in YAML: its name alone, or a name with settings. Only freshness tests are used. */
const dataTest = z.union([
  z.string(),
  z.looseObject({
    fresh_on_business_date: z.object({ name: z.string(), arguments: freshnessLimits }).optional(),
  }),
]);

const columnSchema = z.object({
  name: z.string(),
  data_tests: z.array(dataTest).default([]),
  config: z
    .object({
      meta: z
        .object({
          /** Name of a seed, a list of codes, or `observed` when no list was published. */
          codes: z.union([z.string(), z.array(z.union([z.string(), z.number()]))]).optional(),
          personal: z.boolean().default(false),
          fresh_on_business_date: freshnessLimits.optional(),
        })
        .default({ personal: false }),
    })
    .default({ meta: { personal: false } }),
});

const sourceSchema = z.object({
  name: z.string(),
  config: z.object({ meta: z.object({ quality: limitsSchema }) }),
  tables: z.array(
    z
      .object({ name: z.string(), identifier: z.string().optional(), columns: z.array(columnSchema) })
      // dbt's name of a table, unless that is none for dbt
      .transform(({ name, identifier = name, columns }) => ({ name: identifier, columns })),
  ),
});
type SourceColumn = z.infer<typeof columnSchema>;

/** The project's rules for the source's tables. */
export interface SourceRules extends QualityRules {
  /** Columns that samples of rows may show, by table: described and not personal. */
  shown: ReadonlyMap<string, readonly string[]>;
}

const SOURCE = "staging";
const OBSERVED = "observed";

/**
 * Reads the checks of the source's tables from the dbt project: limits, columns that models read, freshness, codes with
 * their seeds, personal columns.
 *
 * @param project folder of the dbt project
 * @throws PermanentError QUALITY_RULES with the file and the fault: a check that cannot run is a failure
 */
export async function readQualityRules(project: string): Promise<SourceRules> {
  const file = join(project, "models", "sources", `${SOURCE}.yml`);
  const source = await readSource(file);
  const columns = source.tables.flatMap((table) => table.columns.map((column) => ({ table: table.name, column })));
  return {
    limits: source.config.meta.quality,
    read: new Map(source.tables.map((table) => [table.name, new Set(table.columns.map(({ name }) => name))])),
    freshness: columns.flatMap(({ table, column }) => freshnessOf(table, column)),
    codes: (await Promise.all(columns.map(({ table, column }) => codesOf(project, table, column)))).flat(),
    shown: new Map(
      source.tables.map((table) => [
        table.name,
        table.columns.filter(({ config }) => !config.meta.personal).map(({ name }) => name),
      ]),
    ),
  };
}

function refuse(file: string, what: string, cause?: unknown): PermanentError {
  return new PermanentError("QUALITY_RULES", `${file}: ${what}`, {
    kind: "bug",
    cause,
    advice: "Repair the file (docs/quality.md says what belongs there), deploy it with the function, then replay.",
  });
}

async function readSource(file: string): Promise<z.infer<typeof sourceSchema>> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw refuse(file, `cannot be read: ${String(error)}`, error);
  });
  const parsed = z
    .object({ sources: z.array(z.looseObject({ name: z.string() })) })
    .safeParse(parse(text, { merge: true }));
  const found = parsed.data?.sources.find(({ name }) => name === SOURCE);
  const source = sourceSchema.safeParse(found);
  if (!source.success) throw refuse(file, oneLine(source.error));
  return source.data;
}

function freshnessOf(table: string, column: SourceColumn): FreshnessRule[] {
  const rule = (test: string, limits: z.infer<typeof freshnessLimits>): FreshnessRule => ({
    ...{ test, table, column: column.name },
    ...{ warnAboveHours: limits.warn_above_hours, errorAboveHours: limits.error_above_hours },
  });
  const { fresh_on_business_date: inStaging } = column.config.meta;
  return [
    ...column.data_tests.flatMap((test) => {
      const fresh = typeof test === "string" ? undefined : test.fresh_on_business_date;
      return fresh === undefined ? [] : [rule(fresh.name, fresh.arguments)];
    }),
    ...(inStaging === undefined ? [] : [rule(`${table}_are_fresh`, inStaging)]),
  ];
}

async function codesOf(project: string, table: string, column: SourceColumn): Promise<CodeColumn[]> {
  const { codes } = column.config.meta;
  if (codes === undefined) return [];
  const where = { table, column: column.name };
  if (codes === OBSERVED) return [{ ...where, known: undefined, list: undefined }];
  if (typeof codes !== "string") return [{ ...where, known: codes.map(String), list: "the list in staging.yml" }];
  return [{ ...where, known: await readSeedCodes(join(project, "seeds"), codes), list: codes }];
}

/** Reads the codes of a seed from its first column. */
async function readSeedCodes(folder: string, seed: string): Promise<string[]> {
  const file = join(folder, `${seed}.csv`);
  const text = await readFile(file, "utf8").catch(async (error: unknown) => {
    const names = await readdir(folder).catch(() => []);
    throw refuse(
      file,
      `there is no such seed; there are ${names.filter((name) => name.endsWith(".csv")).join(", ")}`,
      error,
    );
  });
  const [head = "", ...rows] = text.split(/\r?\n/).filter((line) => line !== "");
  if (head.split(",")[0] !== "code") throw refuse(file, "its first column is not `code`");
  return rows.map((row) => row.split(",")[0] ?? "");
}
