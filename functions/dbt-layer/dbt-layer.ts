import type { Logger } from "@aws-lambda-powertools/logger";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { workingIn } from "../../shared/warehouse/connection/working-in.ts";
import { emptySchema, ensureSchema, listRelations } from "../../shared/warehouse/tables/publish-set.ts";
import type { LayerPolicy } from "../../shared/config/layer-table.ts";
import { schemasOf } from "../../shared/config/schemas-of.ts";
import { PermanentError, TransientError } from "../../shared/errors/errors.ts";
import { withoutValues } from "../../shared/errors/without-values.ts";
import { cleanUpBackups } from "../../shared/ledger/publication/clean-up-backups.ts";
import {
  completed,
  defineLayer,
  type LayerContext,
  type LayerDefinition,
} from "../../shared/runtime/layer-definition.ts";
import { removeOtherTests, type RecordedTest } from "../../shared/ledger/records/quality.ts";
import { reportQuality } from "../../shared/quality/report-quality.ts";
import { formatMany } from "../../shared/text/format.ts";
import {
  builtTables,
  nodesOf,
  qualityResults,
  requireGoodBuild,
  retrySelectors,
  selectorOf,
  succeededTables,
} from "../../shared/dbt/judge-build.ts";
import { requireLive } from "../../shared/dbt/require-live.ts";
import { sampleTestRows } from "../../shared/dbt/sample-test-rows.ts";
import type { NodeProgress } from "../../shared/dbt/dbt-log.ts";
import { hashProject } from "../../shared/dbt/hash-project.ts";
import { liveSchemaOf, planDbtPublication } from "../../shared/dbt/plan-dbt-publication.ts";
import { readAcceptances, type Acceptance } from "../../shared/ledger/records/acceptances.ts";
import { readQuality } from "../../shared/ledger/reads/read-quality.ts";
import { runDbt, type DbtOutcome } from "../../shared/dbt/run-dbt.ts";
import { stepsFromLog } from "../../shared/dbt/steps-from-log.ts";
import { z } from "zod";

/** The saved progress of a failed build, for the next attempt. */
const progressSchema = z.object({
  project: z.string(),
  /** Nodes that are not built yet. */
  select: z.array(z.string()).min(1),
  /** Tables in the build schemas, `schema.table`. */
  built: z.array(z.string()),
});

/**
 * A layer that dbt builds: its models are built in `<layer>_next`, tested there and published as one set (write, audit,
 * publish: docs/architecture.md). Its nodes are those of `dbt/models/<layer>` and those with the layer's name as tag.
 *
 * @param layer its row of the layer table
 */
export function dbtLayer(layer: LayerPolicy): LayerDefinition<"LayerCompleted"> {
  return defineLayer({
    name: layer.name,
    // only the first layer has no listensTo; it loads dumps and is not built by dbt
    listensTo: completed(layer.listensTo ?? ""),
    async run(context) {
      const outcome = await build(layer, context);
      const tables = builtTables(outcome.manifest);
      if (tables.length === 0) throw noModels(layer.name);
      const plan = await planDbtPublication(context, tables).catch(async (error: unknown) => {
        // tables of an earlier attempt are missing: the next attempt builds everything
        if (error instanceof TransientError && error.code === "BUILD_INCOMPLETE") await context.saveProgress(undefined);
        throw error;
      });
      await context.recordSteps(
        plan.publishedTables.map(({ schema, table, rows, bytes }) => {
          const built = tables.find((one) => liveSchemaOf(one.schema) === schema && one.table === table);
          return { id: built?.uniqueId, name: table, kind: built?.kind ?? "model", state: "completed", rows, bytes };
        }),
      );
      await context.publish(plan);
      await requireLive(context.warehouse, tables);
      await cleanUpBackups(context, layer.name);
      return { stats: plan.stats };
    },
  });
}

function noModels(layer: string): PermanentError {
  return new PermanentError("LAYER_EMPTY", `the dbt project has no model for the layer ${layer}`, {
    kind: "input",
    advice: `Add models to dbt/models/${layer}, or remove the layer from the table in serverless.yml. Deploy, then: ./baton dlq replay ${layer}`,
  });
}

type DbtContext = LayerContext<"LayerCompleted">;

async function build({ name: layer, alsoBuilds = [] }: LayerPolicy, context: DbtContext): Promise<DbtOutcome> {
  const { environment, run, warehouse, workFolder, logger, signal } = context;
  const project = await hashProject(environment.BATON_DBT_PROJECT);
  const schemas = [layer, ...alsoBuilds];
  const before = await prepareSchemas(schemas, context, project);
  const select = before?.select;

  const acceptances = await readAcceptances(context.ledger.pool, run.runId);
  const excluded = [...acceptances.keys()].filter((id) => id.startsWith("test.")).map(selectorOf);
  const steps = stepsFromLog(context.recordSteps, (error) =>
    logger.warn("steps could not be recorded", { error: String(error) }),
  );
  const outcome = await runDbt(
    {
      python: environment.BATON_DBT_PYTHON,
      project: environment.BATON_DBT_PROJECT,
      threads: environment.BATON_DBT_THREADS,
    },
    {
      args: [
        ...["build", "--exclude-resource-type", "unit_test", "--select", ...(select ?? nodesOf(layer))],
        // dbt would skip the models that depend on a failed test
        ...(excluded.length > 0 ? ["--exclude", ...excluded] : []),
      ],
      vars: {
        business_date: run.businessDate,
        run_id: run.runId,
        build_layer: layer,
        layer_schemas: schemas.join(","),
        schema_prefix: warehouse.schemaPrefix,
        ...(run.isForced && { force: true }),
      },
      warehouse: workingIn(warehouse, layer),
      attempt: { runId: run.runId, layer, attempt: run.attempt },
      workFolder,
      signal,
      onLog: (line) => {
        if (line.node === undefined) logger.debug("dbt", { event: line.name, text: line.message });
        else logNode(line.node, logger);
        steps.take(line);
      },
    },
  );
  await steps.flush();
  const key = { runId: run.runId, layer, attempt: run.attempt };
  const accepted = await acceptedResults(context, layer, acceptances);
  await reportQuality(context, key, [...qualityResults(outcome), ...accepted]);
  if (before === undefined) await removeOtherTests(context.ledger.pool, key, Object.keys(outcome.manifest.nodes));
  if (!signal.aborted) await sampleTestRows(context, key, outcome);
  try {
    signal.throwIfAborted();
    requireGoodBuild(layer, outcome, run.runId);
  } catch (error) {
    const built = new Set([...(before?.built ?? []), ...succeededTables(outcome)]);
    await context.saveProgress({ project, select: retrySelectors(layer, outcome), built: [...built] });
    throw error;
  }
  return outcome;
}

/** The results of accepted tests, which are not run again. */
async function acceptedResults(
  { ledger, run }: DbtContext,
  layer: string,
  acceptances: ReadonlyMap<string, Acceptance>,
): Promise<RecordedTest[]> {
  if (acceptances.size === 0) return [];
  const before = await readQuality(ledger.pool, run.runId);
  return before.flatMap(({ test, message, ...result }) => {
    const acceptance = acceptances.get(result.id);
    if (result.layer !== layer || acceptance === undefined) return [];
    const { acceptedBy, reason, message: found } = acceptance;
    const finding = found ?? message ?? formatMany(result.failures, "row");
    const text = `${finding.replace(/\.$/, "")}; accepted by ${acceptedBy}: ${reason}`;
    return [{ ...result, name: test, status: "accepted", message: text }];
  });
}

type Progress = z.infer<typeof progressSchema>;

/**
 * Creates the build schemas of the layer, and empties them unless the build continues a previous attempt.
 *
 * @returns the progress of the last attempt; undefined when the build starts from the beginning: no progress was saved,
 *   the dbt project has changed, or a table of the last attempt is missing
 */
async function prepareSchemas(
  names: readonly string[],
  context: DbtContext,
  project: string,
): Promise<Progress | undefined> {
  const { warehouse, run, logger } = context;
  const saved = progressSchema.safeParse(run.progress);
  const connection = await connect(warehouse);
  try {
    const schemas = names.map((name) => schemasOf(warehouse.schemaPrefix, name).next);
    const there = new Set<string>();
    for (const next of schemas) {
      await ensureSchema(connection, next);
      for (const table of (await listRelations(connection, next)).keys()) there.add(`${next}.${table}`);
    }
    if (saved.success && saved.data.project === project) {
      const gone = saved.data.built.filter((table) => !there.has(table));
      if (gone.length === 0) {
        logger.info("the build continues after the last attempt", { select: saved.data.select });
        return saved.data;
      }
      logger.warn("tables of the last attempt are missing, everything is built again", { tables: gone });
    }
    await context.saveProgress(undefined);
    for (const next of schemas) await emptySchema(connection, next);
    return undefined;
  } finally {
    await connection.end();
  }
}

/** The log field `message` is reserved by the logger. */
function logNode({ message, ...node }: NodeProgress, logger: Logger): void {
  logger.info("dbt node", { ...node, ...(message !== undefined && { text: withoutValues(message) }) });
}
