import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { z } from "zod";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { WarehouseConfig } from "../config/warehouse-config.ts";
import { manifestSchema, type DbtManifest, type DbtNode, type DbtResult } from "../dbt/dbt-artifacts.ts";
import { qualityResults } from "../dbt/judge-build.ts";
import { runDbt, type DbtInstallation, type DbtOutcome } from "../dbt/run-dbt.ts";
import {
  dropForgottenReviews,
  dropReviews,
  listSeparateSchemas,
  separateLockName,
  workSchemaOf,
  type SeparateBuild,
} from "../dbt/separate-build.ts";
import { personalColumns } from "../dbt/shown-columns.ts";
import { PermanentError } from "../errors/errors.ts";
import { endPredecessors } from "../ledger/claims/end-predecessors.ts";
import { judge } from "../errors/judge.ts";
import { takeLock } from "../ledger/claims/take-over.ts";
import type { RecordedTest } from "../ledger/records/quality.ts";
import { connect } from "../warehouse/connection/connect.ts";
import { quoteName, quoteTable } from "../warehouse/tables/identifier.ts";
import { readSchemaNames } from "../warehouse/users/grants.ts";
import { compareTables } from "./compare-tables.ts";
import { keepsHistory, rebuildHistories, type HistoryTable } from "./rebuild-history.ts";
import { watchLayerLocks } from "./watch-locks.ts";
import { watchPublications } from "./watch-publications.ts";
import type { ReviewLimits, ReviewOutcome, ReviewedTable } from "./review.ts";

export interface ReviewOptions {
  installation: DbtInstallation;
  /** Logs in as the user `review`, which may read live tables and write only `review_*`. */
  warehouse: WarehouseConfig;
  /** Reads the ledger. */
  ledger: Pool;
  /** Called after the review has begun to watch for publications. */
  readLiveSets: () => Promise<SeparateBuild["liveSets"]>;
  /** Name of the Git revision, for the report. */
  base: string;
  /** Folder with the manifest of the base. */
  baseState: string;
  /** Project of the base. */
  baseInstallation: DbtInstallation;
  /** What to build: dbt selectors, joined by `or`. */
  select: readonly string[];
  /** An empty folder. */
  workFolder: string;
  onProgress: (text: string) => void;
  signal: AbortSignal;
}

const nodeConfigSchema = z.object({
  meta: z
    .object({
      primary_key: z.union([z.string().transform((name) => [name]), z.array(z.string())]).default([]),
      review: z
        .strictObject({
          added_percent: z.number().min(0).default(0),
          removed_percent: z.number().min(0).default(0),
          changed_percent: z.number().min(0).default(0),
        })
        .default({ added_percent: 0, removed_percent: 0, changed_percent: 0 }),
    })
    .default({ primary_key: [], review: { added_percent: 0, removed_percent: 0, changed_percent: 0 } }),
});

/**
 * Builds the selected models in `review_<id>_*`, tests them, and compares them with the live tables. These schemas are
 * removed in any case; those of killed reviews before it starts.
 *
 * @throws the errors of `runDbt`
 * @throws PermanentError REVIEW_TOOK_LOCK when its SQL takes the lock of a layer; REVIEW_NO_SCHEMAS
 * @throws TransientError REVIEW_INPUTS_REPLACED as soon as a run publishes, which waits for queries of the review
 * @throws PermanentError REVIEW_LIMITS_INVALID for limits in the YAML that are wrong; REVIEW_NOTHING_LIVE
 */
export async function runReview(options: ReviewOptions): Promise<ReviewOutcome> {
  const { onProgress } = options;
  const { schemaPrefix } = options.warehouse;
  const id = randomBytes(4).toString("hex");
  const prefix = `review_${id}_`;
  /** For tables with history. */
  const rebuilt = { change: `review_${id}c_`, base: `review_${id}b_` };
  const prefixes = [prefix, ...Object.values(rebuilt)];
  /** The default schema of every session that works for the review, by which they are found. */
  const workSchema = workSchemaOf(schemaPrefix, prefix);
  const warehouse = { ...options.warehouse, defaultSchema: workSchema };
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  using _publications = await watchPublications(options.ledger, (error) => stop.abort(error));
  const liveSets = await options.readLiveSets();
  if (Object.keys(liveSets).length === 0) throw nothingLive();
  const connection = await connect(options.warehouse);
  try {
    if ((await readSchemaNames(connection)) === "literal") throw noPatterns();
    using _locks = watchLayerLocks(
      connection,
      Object.keys(liveSets).map((schema) => schemaPrefix + schema),
      (error) => stop.abort(error),
    );
    // before the first schema exists, so that no other review takes it for an orphan
    for (const one of prefixes) await takeLock(connection, separateLockName(schemaPrefix, one), 0);
    await dropForgottenReviews(connection, schemaPrefix);
    await connection.query(`CREATE DATABASE ${quoteName(workSchema)}`);
    const outcome = await runDbt(options.installation, {
      args: [
        "build",
        "--exclude-resource-type",
        "unit_test",
        "--state",
        options.baseState,
        "--select",
        ...options.select,
      ],
      vars: { schema_prefix: schemaPrefix },
      ...{ warehouse, workFolder: options.workFolder, signal },
      separateBuild: { prefix, liveSets },
      onLog: ({ node }) => {
        if (node?.state === "finished" && ["model", "seed"].includes(node.resourceType)) {
          onProgress(`${node.name}: ${node.status}`);
        }
      },
    }).catch((error: unknown) => {
      throw ofChange(error);
    });
    signal.throwIfAborted();
    return await compareUntil(signal, connection, warehouse, (readers) =>
      compareAll({ ...options, warehouse, signal, liveSets }, readers, { prefix, rebuilt }, outcome),
    );
  } finally {
    await removeReview(connection, schemaPrefix, prefixes).finally(() => connection.end());
  }
}

/** Ends what still works for a review, such as a statement of a killed dbt, and drops its schemas. */
async function removeReview(connection: Connection, schemaPrefix: string, prefixes: readonly string[]): Promise<void> {
  const found = await listSeparateSchemas(connection, schemaPrefix, "review");
  await dropReviews(
    connection,
    found.filter(({ owner }) => prefixes.includes(`review_${owner}_`)),
  );
}

/** dbt's own errors, such as a model that it cannot parse, come from the change. */
function ofChange(error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "DBT_FAILED") || judge(error).error.retriable)
    return error;
  return new PermanentError("REVIEW_PROJECT_INVALID", `dbt cannot build the change: ${error.message}`, {
    kind: "input",
    cause: error,
    advice: "Correct the file that dbt names.",
  });
}

/** For a server where the review's user cannot have rights on `review_*`. */
function noPatterns(): PermanentError {
  return new PermanentError("REVIEW_NO_SCHEMAS", "the server's partial_revokes is ON, so no user can be limited to review_*", {
    kind: "target",
    advice: "Set partial_revokes to OFF, then create the grants again: ./baton grants",
  }); // prettier-ignore
}

/** For an environment without live tables. */
export function nothingLive(): PermanentError {
  return new PermanentError("REVIEW_NOTHING_LIVE", "no table is live yet to compare with", {
    kind: "input",
    advice: "Review after the first run: ./baton run --dump FILE --watch",
  });
}

/** Compares with sessions of its own, which are killed on abort: a statement of a closed session would continue. */
async function compareUntil<T>(
  signal: AbortSignal,
  connection: Connection,
  warehouse: WarehouseConfig,
  compare: (readers: readonly [Connection, Connection]) => Promise<T>,
): Promise<T> {
  const readers = [await connect(warehouse), await connect(warehouse)] as const;
  const kill = (): void => {
    endPredecessors(connection, warehouse.defaultSchema ?? "").catch(() => undefined);
  };
  signal.addEventListener("abort", kill, { once: true });
  try {
    return await compare(readers);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", kill);
    for (const reader of readers) reader.destroy();
  }
}

async function compareAll(
  options: ReviewOptions & Pick<SeparateBuild, "liveSets">,
  readers: readonly [Connection, Connection],
  { prefix, rebuilt }: { prefix: string; rebuilt: { change: string; base: string } },
  outcome: DbtOutcome,
): Promise<ReviewOutcome> {
  const { warehouse, liveSets, base, onProgress, signal } = options;
  const { manifest, results } = outcome;
  const baseManifest = await readManifest(options.baseState);
  const tablesWith = (...statuses: string[]): [DbtNode, DbtResult][] =>
    results.results.flatMap((result) => {
      const node = manifest.nodes[result.unique_id];
      return node !== undefined && isTable(node) && statuses.includes(result.status) ? [[node, result]] : [];
    });
  const built = tablesWith("success").map(([node, result]) => placeOf(node, result, { warehouse, prefix }));
  const tests = Map.groupBy(qualityResults(outcome), ({ id }) => testedOf(manifest.nodes[id], built));
  const personal = personalColumns(manifest);
  const histories = built.flatMap(({ node, schema, name, key }): HistoryTable[] =>
    keepsHistory(node, manifest)
      ? [{ id: node.unique_id, name: `${schema}.${node.name}`, schema, table: name, key, personal }]
      : [],
  );
  const waiting = built.entries();
  const compareNext = async (reader: Connection): Promise<[number, ReviewedTable][]> => {
    const compared: [number, ReviewedTable][] = [];
    for (const [index, one] of waiting) {
      signal.throwIfAborted();
      compared.push([
        index,
        await reviewTable(one, { ...options, reader, personal, tests: tests.get(one.node.unique_id) ?? [] }),
      ]);
    }
    return compared;
  };
  if (histories.length > 0) onProgress("rebuilds tables with history from the live inputs");
  const rebuilding = rebuildHistories(histories, {
    ...{ manifest, baseManifest, liveSets, prefixes: rebuilt, reader: readers[0] },
    installations: { change: options.installation, base: options.baseInstallation },
    built: new Set(results.results.map(({ unique_id }) => unique_id)),
    invocation: { warehouse, signal },
    workFolder: join(options.workFolder, "rebuild"),
  });
  const comparing = Promise.all(readers.map(compareNext));
  // a failure of one leaves no work of the other behind
  await Promise.allSettled([rebuilding, comparing]);
  const tables = (await comparing).flat().sort(([one], [other]) => one - other);
  return {
    base,
    tables: tables.map(([, table]) => table),
    failures: failuresOf(outcome),
    skipped: tablesWith("skipped").map(([node]) => node.name),
    removed: removedModels(baseManifest, manifest),
    notes: [...datesDiffer(liveSets), ...testsOfOthers(tests.get(undefined) ?? []), ...(await rebuilding).values()],
  };
}

/** A model or seed that dbt built, and where its tables are. */
interface Place {
  node: DbtNode;
  seconds: number;
  /** Without the environment's prefix. */
  schema: string;
  live: string;
  review: string;
  /** Of the table. */
  name: string;
  key: readonly string[];
  limits: ReviewLimits;
}

function placeOf(
  node: DbtNode,
  result: DbtResult,
  { warehouse: { schemaPrefix }, prefix }: { warehouse: WarehouseConfig; prefix: string },
): Place {
  const live = liveSchemaOf(node.schema ?? "", schemaPrefix, prefix);
  const schema = live.slice(schemaPrefix.length);
  const { primary_key: key, review: limits } = configOf(node);
  return {
    ...{ node, schema, live, review: `${schemaPrefix}${prefix}${schema}`, name: node.alias ?? node.name, key, limits },
    seconds: result.execution_time,
  };
}

async function reviewTable(
  { node, seconds, live, review, name, key, limits }: Place,
  {
    reader,
    personal,
    tests,
    ledger,
    warehouse,
    liveSets,
    onProgress,
  }: Pick<ReviewOptions, "ledger" | "warehouse" | "onProgress"> &
    Pick<SeparateBuild, "liveSets"> & {
      reader: Connection;
      personal: ReadonlySet<string>;
      tests: readonly RecordedTest[];
    },
): Promise<ReviewedTable> {
  onProgress(`compares ${node.name}`);
  const compared = await compareTables(reader, { name, live, review, key, personal });
  const { rows, columns, schemaChanges, isNew, figures, examples } = compared;
  return {
    model: {
      ...{ name: node.name, schema: live, kind: node.resource_type === "seed" ? "seed" : "model" },
      ...{ rows, columns, schemaChanges },
      tests: {
        passed: tests.filter(({ status }) => status === "pass" || status === "warn").length,
        failed: tests.filter(({ status }) => status === "fail" || status === "error").length,
      },
      secondsBefore: await secondsBefore(ledger, warehouse.schemaPrefix, { id: node.unique_id, live }, liveSets),
      secondsAfter: seconds,
    },
    details: { isNew, figures, examples, limits, notes: notesOf(key, isNew) },
  };
}

/** dbt writes the manifest again after it has moved the selected nodes. */
function liveSchemaOf(schema: string, schemaPrefix: string, prefix: string): string {
  const start = schemaPrefix + prefix;
  return schema.startsWith(start) ? schemaPrefix + schema.slice(start.length) : schema;
}

function isTable({ resource_type: kind, config }: DbtNode): boolean {
  return (kind === "model" || kind === "seed") && config.materialized !== "ephemeral";
}

function configOf(node: DbtNode): { primary_key: string[]; review: ReviewLimits } {
  const parsed = nodeConfigSchema.safeParse(node.config);
  if (parsed.success) return parsed.data.meta;
  const [issue] = parsed.error.issues;
  throw new PermanentError(
    "REVIEW_LIMITS_INVALID",
    `${node.original_file_path}: config.${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
    {
      kind: "input",
      advice: "meta.review takes added_percent, removed_percent and changed_percent, numbers of at least 0.",
    },
  );
}

function notesOf(key: readonly string[], isNew: boolean): string[] {
  if (isNew) return ["The table is new: there is no live table to compare with."];
  return key.length === 0 ? ["It has no meta.primary_key, so only its rows are counted."] : [];
}

/** ID of the built model that a test checks: the one it is declared for, or the first that it reads. */
function testedOf(test: DbtNode | undefined, built: readonly Place[]): string | undefined {
  const isBuilt = (id: string): boolean => built.some(({ node }) => node.unique_id === id);
  return [test?.attached_node ?? "", ...(test?.depends_on.nodes ?? [])].find(isBuilt);
}

/** Tests that read only live tables, such as a test that the change adds. */
function testsOfOthers(tests: readonly RecordedTest[]): string[] {
  const passed = tests.filter(({ status }) => status === "pass");
  return passed.length === 0 ? [] : [`Passed on live tables: ${passed.map(({ name }) => name).join(", ")}`];
}

async function secondsBefore(
  ledger: Pool,
  schemaPrefix: string,
  { id, live }: { id: string; live: string },
  liveSets: SeparateBuild["liveSets"],
): Promise<number | null> {
  const set = liveSets[live.slice(schemaPrefix.length)];
  if (set === undefined) return null;
  const [[row]] = await ledger.query<(RowDataPacket & { duration_ms: number | null })[]>(
    `SELECT duration_ms FROM ${quoteTable(ledgerSchemaOf(schemaPrefix), "step")} WHERE run_id = ? AND step_id = ?`,
    [set.runId, id],
  );
  return row?.duration_ms == null ? null : row.duration_ms / 1_000;
}

function failuresOf({ results, manifest }: DbtOutcome): string[] {
  return results.results
    .filter(({ status }) => ["error", "fail", "runtime error", "partial success"].includes(status))
    .map(({ unique_id: id, status, failures, message }) => {
      const name = manifest.nodes[id]?.name ?? id;
      if (status === "fail") return `${name}: found ${failures ?? 0}`;
      return `${name}: ${message ?? "no message"}`;
    });
}

async function readManifest(folder: string): Promise<DbtManifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
}

function removedModels(before: DbtManifest, manifest: DbtManifest): string[] {
  return Object.values(before.nodes)
    .filter((node) => isTable(node) && manifest.nodes[node.unique_id] === undefined)
    .map(({ name }) => name);
}

function datesDiffer(liveSets: SeparateBuild["liveSets"]): string[] {
  const dates = Map.groupBy(Object.entries(liveSets), ([, { businessDate }]) => businessDate);
  if (dates.size < 2) return [];
  const parts = [...dates].map(([date, sets]) => `${sets.map(([schema]) => schema).join(", ")} of ${date}`);
  return [
    `The live tables are of different days (${parts.join("; ")}), so differences may come from the data, not from the change.`,
  ];
}
