import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import type { Connection } from "mysql2/promise";
import type { DbtManifest, DbtNode } from "../dbt/dbt-artifacts.ts";
import { selectorOf } from "../dbt/judge-build.ts";
import { runDbt, type DbtInstallation, type DbtInvocation, type DbtOutcome } from "../dbt/run-dbt.ts";
import type { SeparateBuild } from "../dbt/separate-build.ts";
import { formatCount } from "../text/format.ts";
import { compareTables, type TableDifferences } from "./compare-tables.ts";

/** A table that keeps rows of earlier days, which no change to its model rebuilds. */
export interface HistoryTable {
  id: string;
  name: string;
  /** Schema and name as published, without the environment's prefix. */
  schema: string;
  table: string;
  key: readonly string[];
  personal: ReadonlySet<string>;
}

export interface RebuildOptions {
  /** Of the change and of the base. */
  installations: { change: DbtInstallation; base: DbtInstallation };
  /** Prefixes of the schemas for both. */
  prefixes: { change: string; base: string };
  /** Of the change, as built. */
  manifest: DbtManifest;
  baseManifest: DbtManifest;
  /** IDs of the models and seeds that the change builds. */
  built: ReadonlySet<string>;
  liveSets: SeparateBuild["liveSets"];
  invocation: Pick<DbtInvocation, "warehouse" | "signal">;
  workFolder: string;
  reader: Connection;
}

/** Whether a model keeps rows of earlier days: it is incremental, or it reads its own live table as a source. */
export function keepsHistory(node: DbtNode, { sources }: DbtManifest): boolean {
  const readsItself = node.depends_on.nodes.some((id) => {
    const source = sources[id];
    return source?.source_name === "published" && source.name === (node.alias ?? node.name);
  });
  return node.config.materialized === "incremental" || readsItself;
}

/**
 * Builds tables with history twice from the live inputs alone, with the models of the base and with those of
 * the change, and compares both: what a history that begins on the live day would have.
 *
 * @returns a sentence for each table, by its ID
 */
export async function rebuildHistories(
  histories: readonly HistoryTable[],
  options: RebuildOptions,
): Promise<Map<string, string>> {
  const { manifest, baseManifest, built, reader, invocation } = options;
  const known = histories.filter(({ id }) => baseManifest.nodes[id] !== undefined);
  const ofChange = [...new Set(known.flatMap(({ id }) => [id, ...inputsOf(id, manifest, built)]))];
  const [change, base] =
    known.length === 0
      ? []
      : await Promise.all([
          build("change", ofChange, options),
          build(
            "base",
            known.map(({ id }) => id),
            options,
          ),
        ]);
  const sentences = new Map<string, string>();
  for (const history of histories) {
    const { id, name, schema, table, key, personal } = history;
    if (baseManifest.nodes[id] === undefined) {
      sentences.set(id, `${name} keeps the rows of earlier days. It is new: its history begins with the next run.`);
      continue;
    }
    const failure = failureOf(id, change) ?? failureOf(id, base);
    const { schemaPrefix } = invocation.warehouse;
    const schemaOf = (side: "change" | "base"): string => `${schemaPrefix}${options.prefixes[side]}${schema}`;
    const compared =
      failure ??
      (await compareTables(reader, { name: table, live: schemaOf("base"), review: schemaOf("change"), key, personal }));
    invocation.signal.throwIfAborted();
    sentences.set(id, sentenceOf(name, compared));
  }
  return sentences;
}

/** The built models and seeds that a model reads, at any distance. */
function inputsOf(id: string, manifest: DbtManifest, built: ReadonlySet<string>): string[] {
  const direct = (manifest.nodes[id]?.depends_on.nodes ?? []).filter((input) => built.has(input));
  return direct.flatMap((input) => [input, ...inputsOf(input, manifest, built)]);
}

async function build(side: "change" | "base", ids: readonly string[], options: RebuildOptions): Promise<DbtOutcome> {
  const { installations, prefixes, liveSets, invocation } = options;
  const workFolder = join(options.workFolder, side);
  await mkdir(workFolder, { recursive: true });
  return runDbt(installations[side], {
    ...invocation,
    args: [
      ...["build", "--full-refresh", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"],
      ...["--select", ...ids.map(selectorOf)],
    ],
    vars: { schema_prefix: invocation.warehouse.schemaPrefix, without_history: true },
    separateBuild: { prefix: prefixes[side], liveSets },
    workFolder,
    onLog: () => undefined,
  });
}

function failureOf(id: string, outcome: DbtOutcome | undefined): string | undefined {
  const result = outcome?.results.results.find(({ unique_id }) => unique_id === id);
  return result?.status === "success" ? undefined : (result?.message?.trim() ?? "it was not built");
}

function sentenceOf(name: string, compared: TableDifferences | string): string {
  const start = `${name} keeps the rows of earlier days, which this change does not rebuild.`;
  const end = "What a rebuild of earlier days would change, only their dumps can show: docs/backfill.md.";
  if (typeof compared === "string") return `${start} A rebuild from the live inputs alone failed: ${compared}. ${end}`;
  const { rows, columns, schemaChanges } = compared;
  const changed = columns
    .filter((column) => column.changed > 0)
    .map((column) => `${column.name} in ${formatCount(column.changed)}`);
  const parts = [
    ...[`${formatCount(rows.added)} rows added`, `${formatCount(rows.removed)} removed`],
    `${formatCount(rows.changed)} changed${changed.length === 0 ? "" : ` (${changed.join(", ")})`}`,
    ...schemaChanges,
  ];
  const isEqual = rows.added + rows.removed + rows.changed + schemaChanges.length === 0;
  const result = isEqual
    ? `all ${formatCount(rows.review)} rows are equal`
    : `of ${formatCount(rows.live)} rows: ${parts.join("; ")}`;
  return `${start} Rebuilt from the live inputs alone, by the base and by this change, ${result}. ${end}`;
}
