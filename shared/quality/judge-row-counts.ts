import { found, passed, type CheckResult } from "./check-result.ts";
import type { QualityLimits, QualityRules } from "./quality-rules.ts";
import { median } from "./robust.ts";
import type { DayProfile, PastDay, TableProfile } from "./table-profile.ts";
import { compareWithHistory, type Comparison, type DayValue } from "./usual-change.ts";
import { count, share, usualText } from "./words.ts";

/** Number of first days in the history that a slow loss is measured from. */
const EARLY_DAYS = 5;

/** Name of the check of a table's row count. */
export function rowCountTest(table: string): string {
  return `usual_row_count_${table}`;
}

/** Compares each table's number of rows with its history. Tables without history are left out. */
export function judgeRowCounts(today: DayProfile, history: readonly PastDay[], rules: QualityRules): CheckResult[] {
  return [...today.tables.values()].flatMap((table) => {
    if (rules.limits.may_be_empty.includes(table.table) && isEmptiedOrFilled(table, history)) {
      return [passed(rowCountTest(table.table), table.table)];
    }
    const result = judgeTable(table, today.businessDate, history, rules);
    return result === undefined ? [] : [result];
  });
}

function isEmptiedOrFilled({ table, rows }: TableProfile, history: readonly PastDay[]): boolean {
  return rows === 0 || history.at(-1)?.tables.get(table)?.rows === 0;
}

function judgeTable(
  { table, rows }: TableProfile,
  date: string,
  history: readonly PastDay[],
  rules: QualityRules,
): CheckResult | undefined {
  const name = rowCountTest(table);
  const { limits } = rules;
  const values = history.flatMap((day): DayValue[] => {
    const profile = day.tables.get(table);
    if (profile === undefined) return [];
    return [{ date: day.businessDate, value: profile.rows, wasUnusual: day.findings.has(name) }];
  });
  const base = values.at(-1)?.value ?? 0;
  const compared = compareWithHistory(
    values,
    { date, value: rows },
    {
      z: limits.z,
      floor: floorsOf(rows, base, limits, { isYoung: values.length < limits.minimum_days }),
      trendChanges: limits.minimum_days,
      rowsPerUnit: 1,
    },
  );
  if (compared === undefined) return undefined;
  const isRead = rules.read.has(table);
  const isEmptied = rows === 0 && base > 0;
  if (isEmptied && !values.some(({ value, wasUnusual }) => value === 0 && !wasUnusual)) {
    const message = `${table} has no rows; usual are ${usualText(compared, count)}`;
    return found(name, { model: table, severity: isRead ? "error" : "warn", failures: base, message });
  }
  // filling an empty table is not a loss
  if (base === 0) return passed(name, table);
  if (!compared.isUnusual) return slowLoss(name, table, rows, values, rules) ?? passed(name, table);
  const change = compared.deviation / Math.max(1, compared.expected);
  const isLarge = Math.abs(change) * 100 >= limits.row_count.error_percent;
  return found(name, {
    model: table,
    severity: isRead && isLarge ? "error" : "warn",
    failures: Math.abs(Math.round(compared.deviation)),
    message: describe(table, rows, change, compared),
  });
}

/** Smallest loss and gain that can be unusual, in rows. */
function floorsOf(
  rows: number,
  base: number,
  { row_count: limits }: QualityLimits,
  { isYoung }: { isYoung: boolean },
): { down: number; up: number } {
  const least = (base * (isYoung ? limits.young_percent : limits.floor_percent)) / 100;
  const lost = Math.min(limits.floor_rows_lost, (base * limits.small_percent) / 100);
  return {
    // less growth than expected is not a loss
    down: Math.max(rows < base ? lost : limits.floor_rows_gained, least),
    up: Math.max(limits.floor_rows_gained, least),
  };
}

function describe(table: string, rows: number, change: number, compared: Comparison): string {
  const direction = change < 0 ? "fewer" : "more";
  const usual = usualText(compared, count);
  return `${table} has ${count(rows)} rows, ${share(Math.abs(change))} ${direction} than expected (${usual})`;
}

/** Finds a loss that is too slow for a daily check; reported once within the history. */
function slowLoss(
  name: string,
  table: string,
  rows: number,
  values: readonly DayValue[],
  { limits }: QualityRules,
): CheckResult | undefined {
  if (values.length < limits.minimum_days * 2 || values.some(({ wasUnusual }) => wasUnusual)) return undefined;
  const early = median(values.slice(0, EARLY_DAYS).map(({ value }) => value));
  const lost = early - rows;
  if (lost < limits.row_count.floor_rows_gained || lost < (early * limits.row_count.young_percent) / 100)
    return undefined;
  const since = values[0]?.date ?? "";
  const message = `${table} has ${count(rows)} rows and has slowly lost ${share(lost / early)} since ${since}, when it had ${count(early)}`;
  return found(name, { model: table, severity: "warn", failures: lost, message });
}
