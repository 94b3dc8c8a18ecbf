import { found, passed, type CheckResult } from "./check-result.ts";
import { rowCountTest } from "./judge-row-counts.ts";
import type { QualityRules } from "./quality-rules.ts";
import { median } from "./robust.ts";
import type { ColumnProfile, DayProfile, PastDay, TableProfile } from "./table-profile.ts";
import { compareWithHistory, type DayValue } from "./usual-change.ts";
import { count, share, usualText } from "./words.ts";

/** Number of first days in the history that a slow rise is measured from. */
const EARLY_DAYS = 5;

/** Name of the check of a column's null rate. */
function nullRateTest(table: string, column: string): string {
  return `usual_null_rate_${table}_${column}`;
}

/**
 * Compares each column's null rate with its history. All unremarkable columns share one result.
 *
 * @param others tables with an unusual number of rows: their columns would repeat the same finding
 */
export function judgeNullRates(
  today: DayProfile,
  history: readonly PastDay[],
  rules: QualityRules,
  others: ReadonlySet<string>,
): CheckResult[] {
  if (history.length === 0) return [];
  const results = [...today.tables.values()]
    .filter(({ table, rows }) => rows > 0 && !others.has(table))
    .flatMap((table) =>
      table.columns.flatMap((column) => {
        const result = judgeColumn(table, column, today.businessDate, history, rules);
        return result === undefined ? [] : [result];
      }),
    );
  return results.length === 0 ? [passed("usual_null_rates", "staging")] : results;
}

/** A day's null rate, and the number of rows that it is calculated from. */
type Rate = DayValue & { rows: number };

function judgeColumn(
  { table, rows }: TableProfile,
  { name: column, blanks }: ColumnProfile,
  date: string,
  history: readonly PastDay[],
  rules: QualityRules,
): CheckResult | undefined {
  const name = nullRateTest(table, column);
  const values = history.flatMap((day): Rate[] => {
    const profile = day.tables.get(table);
    const past = profile?.columns.find((candidate) => candidate.name === column);
    if (profile === undefined || past === undefined || profile.rows === 0) return [];
    const value = past.blanks / profile.rows;
    // an unusual set of rows does not show how columns are usually filled
    const wasUnusual = day.findings.has(name) || day.findings.has(rowCountTest(table));
    return [{ date: day.businessDate, value, rows: profile.rows, wasUnusual }];
  });
  const { null_rate: limits, z, minimum_days: minimumDays } = rules.limits;
  const points = values.length < minimumDays ? limits.young_points : limits.floor_points;
  const floor = Math.max(points / 100, limits.floor_rows / rows);
  const rate = blanks / rows;
  const compared = compareWithHistory(
    values,
    { date, value: rate },
    { z, floor: { down: floor, up: floor }, trendChanges: minimumDays, rowsPerUnit: rows },
  );
  if (compared === undefined) return undefined;
  if (!compared.isUnusual && !(blanks === rows && wasFilled(values, limits.emptied_rows)))
    return slowRise(name, { table, column, rows, blanks }, values, rules);
  const isRead = rules.read.get(table)?.has(column) === true;
  const isLarge = Math.abs(compared.deviation) * 100 >= limits.error_points;
  const verb = blanks === rows ? "is empty in all" : `is empty in ${share(rate)} of`;
  return found(name, {
    model: table,
    column,
    severity: isRead && isLarge ? "error" : "warn",
    failures: Math.abs(Math.round(compared.deviation * rows)),
    message: `${table}.${column} ${verb} ${count(rows)} rows (${usualText(compared, share)})`,
  });
}

/** True for a column that always had values, including the last day. */
function wasFilled(values: readonly Rate[], leastRows: number): boolean {
  const usual = values.filter(({ wasUnusual }) => !wasUnusual);
  return values.at(-1)?.value !== 1 && usual.every(({ value, rows }) => rows * (1 - value) >= leastRows);
}

/**
 * Finds a rise that is too slow for a daily check and larger than chance explains; reported once within the history.
 */
function slowRise(
  name: string,
  { table, column, rows, blanks }: { table: string; column: string; rows: number; blanks: number },
  values: readonly Rate[],
  { limits }: QualityRules,
): CheckResult | undefined {
  if (values.length < limits.minimum_days * 2 || values.some(({ wasUnusual }) => wasUnusual)) return undefined;
  const early = median(values.slice(0, EARLY_DAYS).map(({ value }) => value));
  const earlyRows = median(values.slice(0, EARLY_DAYS).map((value) => value.rows));
  const rise = blanks / rows - early;
  // the difference of the two rates that chance alone explains
  const pooled = (early * earlyRows + blanks) / (earlyRows + rows);
  const chance = Math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / earlyRows));
  if (rise * 100 < limits.null_rate.floor_points * 2 || rise < limits.z * chance) return undefined;
  const since = values[0]?.date ?? "";
  return found(name, {
    model: table,
    column,
    severity: "warn",
    failures: Math.round(rise * rows),
    message: `${table}.${column} is empty in ${share(blanks / rows)} of ${count(rows)} rows: slowly risen from ${share(early)} since ${since}`,
  });
}
