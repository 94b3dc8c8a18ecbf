import type { CheckResult } from "./check-result.ts";
import { judgeCodes } from "./judge-codes.ts";
import { judgeFreshness, judgeStandstill } from "./judge-freshness.ts";
import { judgeNullRates } from "./judge-null-rates.ts";
import { judgeRowCounts } from "./judge-row-counts.ts";
import { judgeSchema } from "./judge-schema.ts";
import type { QualityRules } from "./quality-rules.ts";
import type { DayProfile, PastDay } from "./table-profile.ts";

/**
 * Checks a day's source tables against their history. Pure: the same day, history and rules give the same results.
 *
 * @param history published days before this day, oldest first, one per business date; when empty, only freshness is
 *   checked
 */
export function judgeDay(today: DayProfile, history: readonly PastDay[], rules: QualityRules): CheckResult[] {
  const rowCounts = judgeRowCounts(today, history, rules);
  const unusualTables = new Set(rowCounts.filter(({ status }) => status !== "pass").map(({ model }) => model));
  return [
    ...judgeFreshness(today, rules),
    ...judgeStandstill(today, history, rules),
    ...judgeSchema(today, history, rules),
    ...rowCounts,
    ...judgeNullRates(today, history, rules, unusualTables),
    ...judgeCodes(today, history, rules),
  ];
}
