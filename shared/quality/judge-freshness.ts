import { formatMany } from "../text/format.ts";
import { startOfDay } from "../time/business-day.ts";
import { zoneLabel } from "../time/time-zone.ts";
import { found, passed, type CheckResult } from "./check-result.ts";
import type { FreshnessRule, QualityRules } from "./quality-rules.ts";
import type { DayProfile, PastDay } from "./table-profile.ts";
import { count } from "./words.ts";

const HOUR_MS = 3_600_000;
/** Age in hours of a table without any change time, as in dbt's test. */
const UNKNOWN_HOURS = 999_999;

/**
 * Returns the hours from a table's newest change to the start of the business date, rounded up; negative for
 * changes on the day itself. The result does not depend on the clock: checking an old day again gives the same hours.
 */
export function freshnessHours(today: DayProfile, table: string): number {
  const newest = today.tables.get(table)?.newestChange;
  if (newest === null || newest === undefined) return UNKNOWN_HOURS;
  return Math.ceil((startOfDay(today.businessDate).getTime() - newest.getTime()) / HOUR_MS);
}

/** Checks the age of each watched table's newest change. */
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
      : `the newest change in ${table} is of ${newest.toISOString()}, ${count(hours)} hours before ${today.businessDate} 00:00 ${zoneLabel()}; ` +
        `above ${severity === "error" ? errorAboveHours : warnAboveHours} it is ${severity === "error" ? "an error" : "a warning"}`;
  return found(test, { model: table, column, severity, failures: hours, message });
}

/**
 * Looks for a dump with the same content as an earlier one, under a new name, and for tables that usually change from
 * dump to dump but stopped changing, with or without a change time.
 */
export function judgeStandstill(today: DayProfile, history: readonly PastDay[], rules: QualityRules): CheckResult[] {
  const last = history.at(-1);
  if (last === undefined) return [];
  const isYoung = history.length < rules.limits.minimum_days;
  const { daily_percent: dailyPercent, dumps } = rules.limits.unchanged;
  // it is not yet known which tables change daily, so only a completely unchanged dump is reported
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

/** For each day of the history except the first: true when the table changed on that day. */
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

/** Number of consecutive newest days without a change. */
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
