import { formatMany } from "../text/format.ts";
import { tokyoMidnight } from "../time/tokyo-day.ts";
import { found, passed, type CheckResult } from "./check-result.ts";
import type { FreshnessRule, QualityRules } from "./quality-rules.ts";
import type { DayProfile, PastDay } from "./table-profile.ts";
import { count } from "./words.ts";

const HOUR_MS = 3_600_000;
/** Hours that stand for a table without any time of change, as in dbt's test. */
const UNKNOWN_HOURS = 999_999;

/**
 * Hours from a table's newest change to the start of the business date in Tokyo, rounded up; below 0 for changes of the
 * day itself. The clock plays no part: an old day judged again gives the same hours.
 */
export function freshnessHours(today: DayProfile, table: string): number {
  const newest = today.tables.get(table)?.newestChange;
  if (newest === null || newest === undefined) return UNKNOWN_HOURS;
  return Math.ceil((tokyoMidnight(today.businessDate).getTime() - newest.getTime()) / HOUR_MS);
}

/** Checks how old the newest change of each watched table is. */
export function judgeFreshness(today: DayProfile, { freshness }: QualityRules): CheckResult[] {
  return freshness.map((rule) => judgeTable(today, rule));
}

function judgeTable(
  today: DayProfile,
  { test, table, column, warnAboveHours, errorAboveHours }: FreshnessRule,
): CheckResult {
  const hours = freshnessHours(today, table);
  if (hours <= warnAboveHours) return passed(test, table, column);
  const severity = hours > errorAboveHours ? "error" : "warn";
  const newest = today.tables.get(table)?.newestChange;
  const message =
    newest === null || newest === undefined
      ? `${table} has no time of change at all in ${column}`
      : `the newest change in ${table} is of ${newest.toISOString()}, ${count(hours)} hours before ${today.businessDate} 00:00 in Tokyo; ` +
        `above ${severity === "error" ? errorAboveHours : warnAboveHours} it is ${severity === "error" ? "an error" : "a warning"}`;
  return found(test, { model: table, column, severity, failures: hours, message });
}

/**
 * Looks for a dump that repeats an older day's altogether, under a new name; and for tables that stand still though they
 * used to change from dump to dump, with or without a time of change.
 */
export function judgeStandstill(today: DayProfile, history: readonly PastDay[], rules: QualityRules): CheckResult[] {
  const last = history.at(-1);
  if (last === undefined) return [];
  const isYoung = history.length < rules.limits.minimum_days;
  const { daily_percent: dailyPercent, dumps } = rules.limits.unchanged;
  // which tables change daily is not known yet: only a dump that is the same as a whole repeats another one
  const daily = [...today.tables.keys()].filter(
    (table) => isYoung || changedShare(history, table) * 100 >= dailyPercent,
  );
  const repeated =
    daily.length > 1 ? history.findLast((day) => daily.every((table) => isSame(today, day, table))) : undefined;
  if (repeated !== undefined) return [repeats(repeated, daily.length, { isYoung })];
  if (isYoung) return [passed("new_content", "staging")];
  const stuck = daily.flatMap((table) => {
    const streak = isSame(today, last, table) ? 1 + unchangedDumps(history, table) : 0;
    if (streak <= Math.max(dumps, longestStreak(history, table))) return [];
    const message = `${table} is the same in the last ${formatMany(streak, "dump")} though it used to change in nearly every one`;
    return [found(`changes_daily_${table}`, { model: table, severity: "warn", failures: streak, message })];
  });
  return [passed("new_content", "staging"), ...stuck];
}

function repeats({ businessDate }: PastDay, tables: number, { isYoung }: { isYoung: boolean }): CheckResult {
  const which = isYoung ? `all ${tables} tables` : `all ${tables} tables that change daily`;
  return found("new_content", {
    model: "staging",
    severity: isYoung ? "warn" : "error",
    failures: tables,
    message: `${which} are as they were on ${businessDate}: the dump repeats that of ${businessDate}`,
  });
}

function isSame(a: DayProfile, b: DayProfile, table: string): boolean {
  return a.tables.get(table)?.contentHash === b.tables.get(table)?.contentHash;
}

/** For each day of the history but the first: true when the table changed on it. */
function changesOf(history: readonly PastDay[], table: string): boolean[] {
  return history.slice(1).flatMap((day, index) => {
    const before = history[index];
    return before === undefined ? [] : [!isSame(day, before, table)];
  });
}

function changedShare(history: readonly PastDay[], table: string): number {
  const changes = changesOf(history, table);
  return changes.filter(Boolean).length / Math.max(1, changes.length);
}

/** How many of the last days in a row brought no change. */
function unchangedDumps(history: readonly PastDay[], table: string): number {
  const changes = changesOf(history, table);
  return changes.length - 1 - changes.lastIndexOf(true);
}

function longestStreak(history: readonly PastDay[], table: string): number {
  let longest = 0;
  let streak = 0;
  for (const hasChanged of changesOf(history, table)) {
    streak = hasChanged ? 0 : streak + 1;
    longest = Math.max(longest, streak);
  }
  return longest;
}
