import { formatMany } from "../text/format.ts";
import { found, passed, type CheckResult } from "./check-result.ts";
import type { CodeColumn, QualityRules } from "./quality-rules.ts";
import { median } from "./robust.ts";
import type { DayProfile, PastDay, TableProfile } from "./table-profile.ts";
import { firstOf, share } from "./words.ts";

/** Maximum number of codes that a message names. */
const NAMED_CODES = 5;

/** Looks for codes that are neither in their list nor in the history, and for common codes that disappeared. */
export function judgeCodes(today: DayProfile, history: readonly PastDay[], rules: QualityRules): CheckResult[] {
  if (history.length === 0) return [];
  return rules.codes.flatMap((codes) => {
    const table = today.tables.get(codes.table);
    const counts = codesOf(table, codes.column);
    if (table === undefined || counts === undefined || table.rows === 0) return [];
    const past = history.flatMap((day) => {
      const profile = day.tables.get(codes.table);
      const pastCounts = codesOf(profile, codes.column);
      return profile === undefined || pastCounts === undefined ? [] : [{ rows: profile.rows, counts: pastCounts }];
    });
    if (past.length === 0) return [];
    const isEmptied = Object.keys(counts).length === 0;
    return [
      judgeNew(codes, table.rows, counts, past, rules),
      // the null rate check reports a column that has no values at all
      ...(isEmptied ? [] : [judgeVanished(codes, counts, past, rules)]),
    ].flatMap((result) => (result === undefined ? [] : [result]));
  });
}

interface PastCodes {
  rows: number;
  counts: Readonly<Record<string, number>>;
}

function codesOf(table: TableProfile | undefined, column: string): Readonly<Record<string, number>> | undefined {
  return table?.columns.find(({ name }) => name === column)?.codes;
}

function judgeNew(
  { table, column, known, list }: CodeColumn,
  rows: number,
  counts: Readonly<Record<string, number>>,
  past: readonly PastCodes[],
  { limits }: QualityRules,
): CheckResult | undefined {
  const name = `known_codes_${table}_${column}`;
  // without a list, the known codes are only reliable after some days
  if (known === undefined && past.length < limits.minimum_days) return undefined;
  const seen = new Set([...(known ?? []), ...past.flatMap((day) => Object.keys(day.counts))]);
  const fresh = Object.entries(counts).filter(([code]) => !seen.has(code));
  if (fresh.length === 0) return passed(name, table, column);
  const affected = fresh.reduce((sum, [, n]) => sum + n, 0);
  const named = fresh.map(([code, n]) => `${shownCode(code, seen)} (${formatMany(n, "row")})`);
  const isCommon = (affected / rows) * 100 >= limits.codes.error_percent;
  const source =
    list === undefined
      ? `seen in the last ${formatMany(past.length, "day")}`
      : `in ${list} nor seen in the last ${formatMany(past.length, "day")}`;
  return {
    ...found(name, {
      model: table,
      column,
      severity: known !== undefined && isCommon ? "error" : "warn",
      failures: affected,
      message: `${table}.${column} has ${fresh.length === 1 ? "a code" : `${fresh.length} codes`} not ${source}: ${firstOf(named, NAMED_CODES)}, ${share(affected / rows)} of ${formatMany(rows, "row")}`,
    }),
    rowsToShow: { table, column, values: fresh.map(([code]) => code) },
  };
}

const NUMBER = /^-?\d{1,12}$/;
const SHORT_WORD = /^[\w-]{1,24}$/;

/**
 * Returns a code for a message. In a column of numbers, a text may be any data, including a person's name, and messages
 * must not contain row data. In a column whose codes are words, a short word is shown.
 */
function shownCode(code: string, known: ReadonlySet<string>): string {
  const hasWords = [...known].some((other) => !NUMBER.test(other));
  const isCode = NUMBER.test(code) || (hasWords && SHORT_WORD.test(code));
  return isCode ? code : `a text of ${formatMany(code.length, "character")}`;
}

function judgeVanished(
  { table, column }: CodeColumn,
  counts: Readonly<Record<string, number>>,
  past: readonly PastCodes[],
  { limits }: QualityRules,
): CheckResult | undefined {
  if (past.length < limits.minimum_days) return undefined;
  const recent = past.slice(-limits.minimum_days);
  const { vanished_rows: leastRows, vanished_percent: leastPercent } = limits.codes;
  // reported only on the day on which the code disappears
  const codes = Object.keys(recent.at(-1)?.counts ?? {});
  const gone = codes.flatMap((code) => {
    const usual = median(recent.map((day) => day.counts[code] ?? 0));
    const percent = 100 * median(recent.map((day) => (day.counts[code] ?? 0) / Math.max(1, day.rows)));
    const isCommon = usual >= leastRows && percent >= leastPercent;
    return isCommon && (counts[code] ?? 0) === 0 ? [{ code, usual }] : [];
  });
  const name = `kept_codes_${table}_${column}`;
  if (gone.length === 0) return passed(name, table, column);
  const named = gone.map(({ code, usual }) => `${code} (usually in ${formatMany(usual, "row")})`);
  return found(name, {
    model: table,
    column,
    severity: "warn",
    failures: gone.length,
    message: `${table}.${column} has no rows any more with ${firstOf(named, NAMED_CODES)}: were codes merged?`,
  });
}
