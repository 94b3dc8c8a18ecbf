import { PermanentError } from "../errors/errors.ts";
import { QualityError } from "../errors/quality-error.ts";
import type { RecordedTest, TestStatus } from "../ledger/records/quality.ts";
import { formatMany } from "../text/format.ts";
import type { DbtManifest, DbtNode, DbtResult } from "./dbt-artifacts.ts";
import type { DbtOutcome } from "./run-dbt.ts";

/** Models or seeds that the database rejected; the error patterns match the database's own error in the message. */
export class DbtNodesFailedError extends Error {
  readonly code = "DBT_NODES_FAILED";
  readonly subjects: readonly string[];

  constructor(layer: string, failures: readonly { name: string; message: string }[]) {
    const texts = failures.map(({ name, message }) => `${name}: ${message}`);
    super(`${formatMany(failures.length, "node")} of ${layer} failed. ${texts.join("\n")}`);
    this.name = "DbtNodesFailedError";
    this.subjects = failures.map(({ name }) => name);
  }
}

const TEST_STATUS: Partial<Record<DbtResult["status"], TestStatus>> = {
  pass: "pass",
  success: "pass",
  warn: "warn",
  fail: "fail",
  error: "error",
  "runtime error": "error",
  skipped: "skipped",
};

function nodeOf(manifest: DbtManifest, uniqueId: string): DbtNode | undefined {
  return manifest.nodes[uniqueId];
}

function isTest(uniqueId: string): boolean {
  return uniqueId.startsWith("test.");
}

function hasFailed(result: DbtResult): boolean {
  return ["error", "fail", "runtime error", "partial success"].includes(result.status);
}

/** The model that a test checks: the one it is attached to, else the first that it reads. */
function testedModel(manifest: DbtManifest, test: DbtNode | undefined): string {
  const id = test?.attached_node ?? test?.depends_on.nodes[0];
  return id === undefined ? "" : (nodeOf(manifest, id)?.name ?? id.split(".").at(-1) ?? "");
}

/** The message about a test that did not pass: the test's description, or dbt's message when the test could not run. */
function messageOf(test: DbtNode | undefined, { message, status }: DbtResult): string | undefined {
  // the number of rows is shown separately, and dbt's message would repeat the SQL of the limit
  const said = ["fail", "warn"].includes(status) ? undefined : message;
  const description = test?.description.trim() ?? "";
  return said ?? (description === "" ? undefined : description);
}

/** Returns the results of all tests of a build. */
export function qualityResults({ results, manifest }: DbtOutcome): RecordedTest[] {
  return results.results
    .filter((result) => isTest(result.unique_id))
    .map((result) => {
      const node = nodeOf(manifest, result.unique_id);
      return {
        id: result.unique_id,
        name: node?.name ?? result.unique_id,
        model: testedModel(manifest, node),
        column: node?.column_name ?? undefined,
        severity: node?.config.severity?.toLowerCase() === "warn" ? "warn" : "error",
        failures: result.failures ?? 0,
        status: TEST_STATUS[result.status] ?? "error",
        message: result.status === "pass" ? undefined : messageOf(node, result),
      };
    });
}

/**
 * Throws when the build must not be published.
 *
 * @throws DbtNodesFailedError when the database rejected a model, a seed or the query of a test
 * @throws QualityError when tests of error severity found rows
 */
export function requireGoodBuild(layer: string, outcome: DbtOutcome, runId: string): void {
  const failed = outcome.results.results.filter(hasFailed);
  const broken = failed.filter((result) => result.status !== "fail");
  if (broken.length > 0) {
    throw new DbtNodesFailedError(
      layer,
      broken.map((result) => ({
        name: nodeOf(outcome.manifest, result.unique_id)?.name ?? result.unique_id,
        message: result.message ?? "no message",
      })),
    );
  }
  const tests = qualityResults(outcome).filter((result) => result.status === "fail");
  if (tests.length > 0) {
    throw new QualityError(
      layer,
      tests.map(({ name, model, severity, failures }) => ({ name, model, severity, failures })),
      runId,
    );
  }
  if (outcome.exitCode !== 0) {
    throw new DbtNodesFailedError(layer, [{ name: "dbt", message: `exit code ${outcome.exitCode}` }]);
  }
}

/** Selectors of a layer's nodes: the models in its folder, and the nodes tagged with its name, such as seeds. */
export function nodesOf(layer: string): string[] {
  return [`path:models/${layer}`, `tag:${layer}`];
}

/** Schemas of the layer being built end in `_next`, other schemas do not (dbt/macros/warehouse/schema_names.sql). */
function isBuiltNow({ schema }: DbtNode): boolean {
  return schema?.endsWith("_next") === true;
}

/** Selects one node by its unique ID; the launcher adds this method to dbt (dbt/baton_dbt/select_by_unique_id.py). */
export function selectorOf(uniqueId: string): string {
  return `fqn:${encodeURIComponent(uniqueId)}`;
}

/**
 * Selects the nodes for a retry: each failed model with all its dependents, each failed test with the models that it
 * checks, and all nodes that were not reached. Successful nodes are not built again.
 *
 * @returns selectors for `dbt build --select`; empty when nothing has to run
 */
export function retrySelectors(layer: string, { results, manifest }: DbtOutcome): string[] {
  const selectors = new Set<string>();
  for (const result of results.results) {
    const node = nodeOf(manifest, result.unique_id);
    if (node === undefined) continue;
    if (result.status === "skipped") selectors.add(selectorOf(node.unique_id));
    if (!hasFailed(result)) continue;
    const rebuilt = isTest(result.unique_id)
      ? node.depends_on.nodes
          .map((id) => nodeOf(manifest, id))
          .filter((parent) => parent !== undefined && isBuiltNow(parent))
      : [node];
    for (const parent of rebuilt) if (parent !== undefined) selectors.add(`${selectorOf(parent.unique_id)}+`);
    // a test that reads only sources has no model of this layer to build again
    if (rebuilt.length === 0) selectors.add(selectorOf(node.unique_id));
  }
  return [...selectors].sort().flatMap((node) => nodesOf(layer).map((ofLayer) => `${node},${ofLayer}`));
}

/** The layer's successfully built tables, `schema.table`. */
export function succeededTables({ results, manifest }: DbtOutcome): string[] {
  const succeeded = new Set(
    results.results.filter(({ status }) => status === "success").map((result) => result.unique_id),
  );
  return builtTables(manifest)
    .filter(({ uniqueId }) => succeeded.has(uniqueId))
    .map(({ schema, table }) => `${schema}.${table}`);
}

/** A table or view that dbt builds for a layer. */
export interface BuiltTable {
  uniqueId: string;
  /** The build schema: `<name>_next`. */
  schema: string;
  table: string;
  kind: "model" | "seed";
  relation: "table" | "view";
}

/**
 * What a materialization creates in the build schema: `nothing` when its SQL is included in the models that read it.
 */
const RELATIONS: Readonly<Record<string, "table" | "view" | "nothing">> = {
  table: "table",
  incremental: "table",
  seed: "table",
  view: "view",
  ephemeral: "nothing",
};

/**
 * Returns the tables and views of the layer being built, from the manifest. This rule decides what is published; the
 * macro `require_supported_models` rejects other materializations before the build.
 *
 * @throws PermanentError MODEL_UNSUPPORTED with the models that have other materializations
 */
export function builtTables(manifest: DbtManifest): BuiltTable[] {
  const nodes = Object.values(manifest.nodes).filter(
    (node) => isBuiltNow(node) && ["model", "seed", "snapshot"].includes(node.resource_type),
  );
  return nodes.flatMap((node) => {
    const { unique_id: uniqueId, name, alias, schema, resource_type: kind, config } = node;
    const relation = RELATIONS[config.materialized ?? ""];
    if (relation === "nothing") return [];
    if (relation === undefined || (kind !== "model" && kind !== "seed")) {
      throw new PermanentError(
        "MODEL_UNSUPPORTED",
        `${uniqueId} is materialized as ${config.materialized ?? "nothing"}`,
        {
          kind: "input",
          advice: `Use one of ${Object.keys(RELATIONS).join(", ")}: see dbt/README.md.`,
        },
      );
    }
    return [{ uniqueId, schema: schema ?? "", table: alias ?? name, kind, relation }];
  });
}
