import { found, passed, type CheckResult } from "./check-result.ts";
import { diffColumns, type ColumnDifference } from "./diff-columns.ts";
import type { QualityRules } from "./quality-rules.ts";
import { referenceDays } from "./reference-days.ts";
import type { DayProfile, PastDay } from "./table-profile.ts";
import { firstOf } from "./words.ts";

/** Maximum number of differences that a message names. */
const NAMED = 8;

const SAME_TABLES = "same_tables";

/** Name of the check of a table's columns. */
function columnsTest(table: string): string {
  return `same_columns_${table}`;
}

/** Compares the source's tables and columns with those of the reference days (`referenceDays`). */
export function judgeSchema(today: DayProfile, history: readonly PastDay[], rules: QualityRules): CheckResult[] {
  const last = history.at(-1);
  if (last === undefined) return [];
  const columns = [...today.tables.keys()].flatMap((table) => {
    const result = judgeColumns(table, today, history, rules);
    return result === undefined ? [] : [result];
  });
  return [judgeTables(today, history), ...(columns.length > 0 ? columns : [passed("same_columns", "staging")])];
}

function references(history: readonly PastDay[], test: string): PastDay[] {
  return referenceDays(history, ({ findings }) => findings.has(test));
}

/** A table is missing when all reference days have it, and new when no day of the history has it. */
function judgeTables(today: DayProfile, history: readonly PastDay[]): CheckResult {
  const days = references(history, SAME_TABLES);
  const [day] = days;
  if (day === undefined) return passed(SAME_TABLES, "staging");
  const gone = [...day.tables.keys()].filter(
    (table) => !today.tables.has(table) && days.every(({ tables }) => tables.has(table)),
  );
  const added = [...today.tables.keys()].filter((table) => history.every(({ tables }) => !tables.has(table)));
  if (gone.length + added.length === 0) return passed(SAME_TABLES, "staging");
  const parts = [
    ...(gone.length > 0 ? [`without ${firstOf(gone, NAMED)}`] : []),
    ...(added.length > 0 ? [`with ${firstOf(added, NAMED)}, which ${added.length === 1 ? "is" : "are"} new`] : []),
  ];
  return found(SAME_TABLES, {
    model: "staging",
    severity: "warn",
    failures: gone.length + added.length,
    message: `the dump comes ${parts.join(" and ")} (compared with ${day.businessDate})`,
  });
}

function judgeColumns(
  table: string,
  today: DayProfile,
  history: readonly PastDay[],
  { read }: QualityRules,
): CheckResult | undefined {
  const here = today.tables.get(table)?.columns ?? [];
  const name = columnsTest(table);
  const compared = references(history, name).flatMap((day) => {
    const before = day.tables.get(table)?.columns ?? [];
    // empty tables are not loaded, so their columns are unknown
    return before.length === 0 || here.length === 0 ? [] : [{ day, differences: diffColumns(before, here) }];
  });
  const [first] = compared;
  if (first === undefined || compared.some(({ differences }) => differences.length === 0)) return undefined;
  const readColumns = read.get(table) ?? new Set<string>();
  const isBroken = first.differences.some((difference) => difference.isBreaking && readColumns.has(difference.column));
  return found(name, {
    model: table,
    column: first.differences.length === 1 ? first.differences[0]?.column : undefined,
    severity: isBroken ? "error" : "warn",
    failures: first.differences.length,
    message: `columns of ${table} against ${first.day.businessDate}: ${firstOf(first.differences.map(textOf), NAMED)}`,
  });
}

function textOf({ text }: ColumnDifference): string {
  return text;
}
