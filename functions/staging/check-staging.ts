import { schemasOf } from "../../shared/config/schemas-of.ts";
import { workingIn } from "../../shared/warehouse/connection/working-in.ts";
import type { LoadReport } from "../../shared/loader/load-dump.ts";
import { QualityError } from "../../shared/errors/quality-error.ts";
import type { LayerContext } from "../../shared/runtime/layer-definition.ts";
import { applyAcceptances, readAcceptances } from "../../shared/ledger/records/acceptances.ts";
import { cleanUpQuality } from "../../shared/ledger/records/clean-up-quality.ts";
import { ProfileStore } from "../../shared/quality/profile-store.ts";
import { metrics } from "../../shared/observability/observability.ts";
import { sampleSourceRows } from "../../shared/quality/sample-source-rows.ts";
import { judgeDay } from "../../shared/quality/judge-day.ts";
import { judgeManifest } from "../../shared/quality/judge-manifest.ts";
import { freshnessHours } from "../../shared/quality/judge-freshness.ts";
import { profileDay, type DayTable } from "../../shared/quality/profile-day.ts";
import type { SourceRules } from "../../shared/quality/read-quality-rules.ts";
import { reportQuality } from "../../shared/quality/report-quality.ts";

type Context = LayerContext<"PipelineRequested">;

/**
 * Checks the loaded tables before they are published, against the source's history (row counts, blanks, codes, columns,
 * freshness) and against the manifest. Findings are recorded; errors that are not accepted stop the layer.
 *
 * @throws QualityError naming the findings; the previous staging tables stay live
 */
export async function checkStaging(
  context: Context,
  report: LoadReport,
  { newestChanges, rules }: { newestChanges: ReadonlyMap<string, Date>; rules: SourceRules },
): Promise<void> {
  const { warehouse, ledger, logger, signal } = context;
  const { runId, businessDate, attempt } = context.run;
  const startedAt = performance.now();
  const store = new ProfileStore(ledger.pool);
  const tables = tablesOf(report, schemasOf(warehouse.schemaPrefix, "staging"));
  const ports = { warehouse: workingIn(warehouse, "staging"), store, rules, signal };
  const today = await profileDay({ runId, businessDate, tables }, ports);
  const history = await store.history(businessDate, rules.limits.history_days);
  const judged = [...judgeManifest(today, newestChanges, rules), ...judgeDay(today, history, rules)];
  const results = applyAcceptances(judged, await readAcceptances(ledger.pool, runId));
  const key = { runId, layer: "staging", attempt };
  await reportQuality(context, key, results);
  for (const { table } of rules.freshness)
    metrics.add("SourceFreshnessHours", Math.max(0, freshnessHours(today, table)));
  await sampleSourceRows({ warehouse, logger }, key, results, { tables, rules });
  logger.info("source checked", {
    tables: tables.length,
    daysOfHistory: history.length,
    found: results.filter(({ status }) => status !== "pass").length,
    durationMs: Math.round(performance.now() - startedAt),
  });
  await cleanUpQuality({ pool: ledger.pool, logger }, businessDate);
  const failed = results.filter(({ status }) => status === "fail");
  if (failed.length > 0) throw new QualityError("staging", failed, runId);
}

function tablesOf(report: LoadReport, { live, next }: { live: string; next: string }): DayTable[] {
  const loaded = new Set(report.publish);
  return report.tables.map(({ name, contentHash, bytes, blanks, state }) => ({
    name,
    contentHash,
    bytes,
    blanks,
    schema: loaded.has(name) ? next : state === "empty-dropped" ? undefined : live,
  }));
}
