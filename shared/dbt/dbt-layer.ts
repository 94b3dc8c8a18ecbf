import type { DetailType } from "../../events/schemas.ts";
import { connect } from "../db/connect.ts";
import { workingIn } from "../db/working-in.ts";
import { dropTables, ensureSchema, listTables } from "../db/publish-set.ts";
import { schemasOf } from "../config/schemas-of.ts";
import { cleanUpBackups } from "../ledger/clean-up-backups.ts";
import { defineLayer, type LayerContext, type LayerDefinition, type Listen } from "../layer/layer-definition.ts";
import { metrics } from "../observability/observability.ts";
import { builtTables, qualityResults, requireGoodBuild, retrySelectors } from "./judge-build.ts";
import { hashProject } from "./hash-project.ts";
import { planDbtPublication } from "./plan-dbt-publication.ts";
import { recordQuality, type RecordedTest, type TestStatus } from "../ledger/quality.ts";
import { runDbt, type DbtOutcome } from "./run-dbt.ts";
import { stepsFromLog } from "./steps-from-log.ts";
import { z } from "zod";

/** A layer whose stage is a dbt build. */
export interface DbtLayer<T extends DetailType> {
  /** Also the tag of its models and the name of its schema. */
  name: string;
  listensTo: Listen<T>;
  /** Schemas besides its own that hold nodes with its tag, such as `seeds`. */
  alsoBuilds?: readonly string[];
}

/** What a failed build leaves for the next attempt. */
const progressSchema = z.object({ project: z.string(), select: z.array(z.string()) });

/**
 * Defines a layer whose stage is a dbt build: the models tagged with its name are built in `<layer>_next`, tested
 * there and published as one set. Write, audit, publish: handbook, design.md section 8.
 */
export function dbtLayer<T extends DetailType>(layer: DbtLayer<T>): LayerDefinition<T> {
  return defineLayer({
    name: layer.name,
    listensTo: layer.listensTo,
    async run(context) {
      const outcome = await build(layer, context);
      const tables = builtTables(layer.name, outcome.manifest);
      const plan = await planDbtPublication(context, tables);
      await context.recordSteps(
        plan.publishedTables.map(({ table, rows, bytes }) => {
          const kind = tables.find((built) => built.table === table)?.kind ?? "model";
          return { name: table, kind, state: "completed", rows, bytes };
        }),
      );
      await context.publish(plan);
      await cleanUpBackups(context, layer.name);
      return { stats: plan.stats };
    },
  });
}

async function build<T extends DetailType>(
  { name: layer, alsoBuilds = [] }: DbtLayer<T>,
  context: LayerContext<T>,
): Promise<DbtOutcome> {
  const { environment, run, warehouse, workFolder, logger, signal } = context;
  const project = await hashProject(environment.BATON_DBT_PROJECT);
  const select = selectorsToRetry(context, project);
  await prepareSchemas([layer, ...alsoBuilds], context, select === undefined ? "empty" : "as it is");
  if (select !== undefined) logger.info("going on where the last attempt failed", { select });

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
      args: ["build", "--exclude-resource-type", "unit_test", "--select", ...(select ?? [`tag:${layer}`])],
      vars: {
        business_date: run.businessDate,
        run_id: run.runId,
        build_layer: layer,
        schema_prefix: warehouse.schemaPrefix,
      },
      warehouse: workingIn(warehouse, layer),
      attempt: { runId: run.runId, layer, attempt: run.attempt },
      workFolder,
      signal,
      onLog: (line) => {
        if (line.node === undefined) logger.debug("dbt", { event: line.name, text: line.message });
        else logger.info("dbt node", { ...line.node });
        steps.take(line);
      },
    },
  );
  await steps.flush();
  await reportQuality(layer, context, qualityResults(outcome));
  try {
    signal.throwIfAborted();
    requireGoodBuild(layer, outcome);
  } catch (error) {
    await context.saveProgress({ project, select: retrySelectors(layer, outcome) });
    throw error;
  }
  return outcome;
}

/** Undefined when the build must start anew: nothing was saved, or the dbt project is another one now. */
function selectorsToRetry<T extends DetailType>(context: LayerContext<T>, project: string): string[] | undefined {
  const saved = progressSchema.safeParse(context.run.progress);
  if (!saved.success || saved.data.project !== project || saved.data.select.length === 0) return undefined;
  return saved.data.select;
}

/** Makes the schemas that the layer builds in, and empties them when the build starts anew. */
async function prepareSchemas<T extends DetailType>(
  names: readonly string[],
  context: LayerContext<T>,
  content: "empty" | "as it is",
): Promise<void> {
  if (content === "empty") await context.saveProgress(undefined);
  const connection = await connect(context.warehouse);
  try {
    for (const name of names) {
      const { next } = schemasOf(context.warehouse.schemaPrefix, name);
      await ensureSchema(connection, next);
      if (content === "empty") await dropTables(connection, next, await listTables(connection, next));
    }
  } finally {
    await connection.end();
  }
}

async function reportQuality<T extends DetailType>(
  layer: string,
  context: LayerContext<T>,
  results: readonly RecordedTest[],
): Promise<void> {
  const { runId, attempt } = context.run;
  await recordQuality(context.ledger.pool, { runId, layer, attempt }, results);
  const count = (...statuses: TestStatus[]): number =>
    results.filter((result) => statuses.includes(result.status)).length;
  metrics.add("QualityTestsPassed", count("pass", "warn"));
  metrics.add("QualityTestsFailed", count("fail", "error"));
  for (const result of results.filter(({ status }) => status === "warn")) {
    context.logger.warn("a data test warns", { test: result.name, model: result.model, failures: result.failures });
  }
}
