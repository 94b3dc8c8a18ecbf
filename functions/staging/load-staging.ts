import type { RowDataPacket } from "mysql2/promise";
import type { DumpReference, LayerStats } from "../../events/schemas.ts";
import { schemasOf } from "../../shared/config/schemas-of.ts";
import { connect } from "../../shared/warehouse/connection/connect.ts";
import { workingIn } from "../../shared/warehouse/connection/working-in.ts";
import { dropTables, ensureSchema, listTables, planSet } from "../../shared/warehouse/tables/publish-set.ts";
import type { DumpIndex } from "../../shared/loader/index/dump-index.ts";
import { loadDump, type LoadReport } from "../../shared/loader/load-dump.ts";
import { recordsOf, type RecordRow, type TableRecord } from "../../shared/loader/load/table-records.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { LayerContext } from "../../shared/runtime/layer-definition.ts";
import type { Step } from "../../shared/ledger/records/steps.ts";
import { metrics } from "../../shared/observability/observability.ts";
import { readQualityRules } from "../../shared/quality/read-quality-rules.ts";
import { checkStaging } from "./check-staging.ts";
import { LoadReporter } from "./load-reporter.ts";
import { GateError } from "./gate.ts";

type Context = LayerContext<"PipelineRequested">;

/** The load stops at most this long before the attempt's deadline, and the next attempt continues it. */
const STOP_EARLY_MS = 30_000;
/** Number of tables that the error about a dump of another system names. */
const NAMED_TABLES = 10;

/** True when the gate or the loader refuses the dump itself: it is copied to quarantine. */
export function isRefusalOfDump(error: unknown): boolean {
  return error instanceof GateError || (error instanceof PermanentError && error.code.startsWith("DUMP_"));
}

/**
 * Loads the dump into `staging_next`, checks it against the source's history and publishes the changed tables.
 *
 * @param newestChanges newest change of each table, from the manifest
 * @throws PermanentError DUMP_* when the dump is invalid; live tables are unchanged
 * @throws QualityError when the data differs from its history and the finding is not accepted
 * @throws TransientError LOAD_TIME_BUDGET when the time is over; the next attempt continues
 */
export async function loadStaging(
  context: Context,
  dump: DumpReference,
  newestChanges: ReadonlyMap<string, Date>,
): Promise<LayerStats> {
  const { aws, environment, warehouse, signal, deadline } = context;
  const schemas = schemasOf(warehouse.schemaPrefix, "staging");
  const rules = await readQualityRules(environment.BATON_QUALITY_RULES);
  const required = [...rules.read.keys()];
  // Baton's own character set holds in the pipeline, whatever the dump's CREATE DATABASE says
  await makeSchemas(warehouse, [schemas.live, schemas.next, schemas.backup]);
  const reporter = new LoadReporter(context);
  const loading = loadDump({
    location: `s3://${dump.bucket}/${dump.key}`,
    s3: aws.s3,
    expected: { sha256: dump.sha256, bytes: dump.bytes },
    accept: (index) => refuseOtherSystems(index, required),
    warehouse: workingIn(warehouse, "staging"),
    schemas,
    known: await knownTables(context, schemas.live),
    // tables that models read are published even when they are empty
    preserveEmpty: [...environment.PRESERVE_EMPTY_TABLES, ...required],
    spoolDir: context.workFolder,
    signal,
    deadline: new Date(deadline.getTime() - Math.min(STOP_EARLY_MS, (deadline.getTime() - Date.now()) / 8)),
    onProgress: (progress) => reporter.progress(progress),
    onTable: (event) => reporter.table(event),
  });
  const report = await loading.catch(async (error: unknown) => {
    await reporter.end("failed");
    throw error;
  });
  await reporter.end("completed");
  await context.recordSteps(
    report.tables.map((table) => tableStep(table.name, table, table.state === "kept" ? "kept" : "completed")),
  );
  await checkStaging(context, report, { newestChanges, rules });
  return publishStaging(context, report);
}

async function makeSchemas(warehouse: Context["warehouse"], schemas: readonly string[]): Promise<void> {
  const connection = await connect(warehouse);
  try {
    for (const schema of schemas) await ensureSchema(connection, schema);
  } finally {
    await connection.end();
  }
}

function tableStep(name: string, { rows, bytes, contentHash }: TableRecord, state: Step["state"]): Step {
  return { name, kind: "table", state, rows, bytes, contentHash };
}

function refuseOtherSystems(index: DumpIndex, required: readonly string[]): void {
  const names = new Set(index.tables.map(({ name }) => name));
  const missing = required.filter((name) => !names.has(name));
  if (missing.length === 0) return;
  const found = [...names].slice(0, NAMED_TABLES).join(", ");
  const more = names.size > NAMED_TABLES ? ` and ${names.size - NAMED_TABLES} more` : "";
  throw new PermanentError(
    "DUMP_WRONG_SYSTEM",
    `the dump does not contain ${missing.join(", ")}, which the models read; it contains ${found}${more}`,
    {
      kind: "input",
      advice:
        "If the dump is not complete, ask the source for a new dump, then replay. If the source has removed the table, remove it from " +
        "dbt/models/sources/staging.yml and from the models, deploy, then replay.",
    },
  );
}

/** The live tables as recorded in the ledger: unchanged tables are not loaded again. */
async function knownTables({ ledger }: Context, schema: string): Promise<Map<string, TableRecord>> {
  const [rows] = await ledger.pool.query<(RowDataPacket & RecordRow)[]>(
    "SELECT table_name, content_hash, row_count, byte_count, signature FROM live_table WHERE schema_name = ?",
    [schema],
  );
  return recordsOf(rows);
}

async function publishStaging(context: Context, report: LoadReport): Promise<LayerStats> {
  const schemas = schemasOf(context.warehouse.schemaPrefix, "staging");
  const live = report.tables.filter(({ state }) => state !== "empty-dropped");
  const count = (state: string): number => report.tables.filter((table) => table.state === state).length;
  const stats = {
    tables: live.length,
    rows: report.rows,
    bytes: report.bytes,
    tablesLoaded: count("loaded"),
    tablesKept: count("kept"),
    tablesEmpty: count("empty-dropped") + count("empty-preserved"),
  };
  const connection = await connect(context.warehouse);
  try {
    const renames = await planSet(connection, { schemas, tables: report.publish, removed: report.removed });
    if (renames.length > 0) await dropTables(connection, schemas.backup, await listTables(connection, schemas.backup));
    await context.publish({
      renames,
      stats,
      publishedTables: live.map(({ name, rows, bytes, contentHash, signature }) => ({
        schema: schemas.live,
        table: name,
        rows,
        bytes,
        contentHash,
        signature,
      })),
      removedTables: report.removed.map((table) => ({ schema: schemas.live, table })),
      backups: [],
    });
  } finally {
    await connection.end();
  }
  context.logger.info("statements of the dump that were not executed", { ...report.skipped });
  metrics.add("TablesSkipped", stats.tablesKept);
  return stats;
}
