import type { Logger } from "@aws-lambda-powertools/logger";
import type { OpenLedger } from "../ledger/open-ledger.ts";
import { recordQuality, type RecordedTest, type TestStatus } from "../ledger/records/quality.ts";
import type { AttemptKey } from "../ledger/claims/settle.ts";
import { metrics } from "../observability/observability.ts";

/** Records an attempt's test results, counts them in the metrics and logs the warnings. */
export async function reportQuality(
  { ledger, logger }: { ledger: OpenLedger; logger: Logger },
  key: AttemptKey,
  results: readonly RecordedTest[],
): Promise<void> {
  await recordQuality(ledger.pool, key, results);
  const count = (...statuses: TestStatus[]): number =>
    results.filter((result) => statuses.includes(result.status)).length;
  metrics.add("QualityTestsPassed", count("pass", "warn", "accepted"));
  metrics.add("QualityTestsWarned", count("warn", "accepted"));
  metrics.add("QualityTestsFailed", count("fail", "error"));
  for (const { name, model, column, failures, message, status } of results) {
    if (status !== "warn" && status !== "accepted") continue;
    logger.warn("a data test warns", { test: name, model, column, status, failures, finding: message });
  }
}
