import { join } from "node:path";
import { projectRoot } from "../../../shared/config/checkout.ts";
import type { CheckResult } from "../../../shared/quality/check-result.ts";
import { judgeDay } from "../../../shared/quality/judge-day.ts";
import { readQualityRules, type SourceRules } from "../../../shared/quality/read-quality-rules.ts";
import type { ColumnProfile, DayProfile, PastDay, TableProfile } from "../../../shared/quality/table-profile.ts";

/** A table of a day, with default values for everything but name and rows; by default its content differs each day. */
function table(name: string, rows: number, options: Partial<TableProfile> = {}): TableProfile {
  return { table: name, contentHash: `${name} ${Math.random()}`, rows, newestChange: null, columns: [], ...options };
}
function column(name: string, blanks: number, options: Partial<ColumnProfile> = {}): ColumnProfile {
  return { name, type: "int", isNullable: true, blanks, ...options };
}
function dayOf(index: number, tables: readonly TableProfile[]): DayProfile {
  const businessDate = new Date(Date.UTC(2026, 0, 5 + index)).toISOString().slice(0, 10);
  return { runId: `run ${index}`, businessDate, tables: new Map(tables.map((each) => [each.table, each])) };
}

describe("a day's tables, compared with their history", () => {
  let rules: SourceRules;

  beforeAll(async () => {
    rules = { ...(await readQualityRules(join(projectRoot, "dbt"))), freshness: [] };
  });

  /** Judges one day after the other. Every day joins the history with its findings. */
  function judgeAll(days: readonly (readonly TableProfile[])[]): CheckResult[][] {
    const history: PastDay[] = [];
    return days.map((tables, index) => {
      const today = dayOf(index, tables);
      const found = judgeDay(today, history, rules).filter(({ status }) => status !== "pass");
      history.push({ ...today, findings: new Set(found.map(({ name }) => name)) });
      return found;
    });
  }
  function namesOfLast(days: readonly (readonly TableProfile[])[]): string[] {
    return (judgeAll(days).at(-1) ?? []).map(({ name }) => name);
  }
  function repeat<T>(times: number, make: (index: number) => T): T[] {
    return Array.from({ length: times }, (_, index) => make(index));
  }

  it.each(repeat(40, (index) => index + 1))("finds a loss of 30 % in a table of %i rows", (rows) => {
    const usual = repeat(10, () => [table("suppliers", rows)]);
    const lost = [table("suppliers", Math.floor(rows * 0.7))];

    expect(namesOfLast([...usual, lost])).toEqual(["usual_row_count_suppliers"]);
    expect(namesOfLast([...usual.slice(0, 1), lost])).toEqual(["usual_row_count_suppliers"]);
  });

  it("accepts a loss that is small for a small table", () => {
    expect(namesOfLast([...repeat(10, () => [table("suppliers", 13)]), [table("suppliers", 11)]])).toEqual([]);
  });

  it("finds that a column of a tiny table lost its last value, and reports it once", () => {
    const filled = [table("suppliers", 6, { columns: [column("phone", 2)] })];
    const emptied = [table("suppliers", 6, { columns: [column("phone", 6)] })];

    const found = judgeAll([...repeat(3, () => filled), emptied, emptied, filled]);

    expect(found.map((day) => day.map(({ name }) => name))).toEqual([
      ...[[], [], [], ["usual_null_rate_suppliers_phone"], [], []],
    ]);
  });

  it("does not report the end of a row loss as a loss of blanks", () => {
    const whole = [table("previews", 100, { columns: [column("time", 50)] })];
    const cut = [table("previews", 50, { columns: [column("time", 0)] })];

    expect(namesOfLast([...repeat(10, () => whole), cut, whole])).toEqual([]);
  });

  it("names a new code, but shows no text that cannot be a code", () => {
    const statuses = (counts: Record<string, number>): TableProfile[] => [
      table("tenants", 100, { columns: [column("status", 0, { codes: counts })] }),
    ];
    const usual = repeat(8, () => statuses({ 9: 60, 14: 40 }));
    const messageOf = (counts: Record<string, number>): string | undefined =>
      judgeAll([...usual, statuses(counts)]).at(-1)?.[0]?.message;

    expect(messageOf({ 9: 60, 14: 39, 99: 1 })).toContain("99 (1 row)");
    const message = messageOf({ 9: 60, 14: 39, "Yamada Hanako": 1 });
    expect(message).toContain("a text of 13 characters (1 row)");
    expect(message).not.toContain("Yamada");
  });

  it("finds the dump of an older day under a new name, and names that day", () => {
    const days = repeat(12, (index) => [
      table("tenants", 200 + index),
      table("payments", 300 + index),
      table("cash", 2),
    ]);

    const [found] = judgeAll([...days, days[8] ?? []]).at(-1) ?? [];

    expect(found).toMatchObject({ name: "new_content", status: "fail", failures: 3 });
    expect(found?.message).toContain("the dump repeats that of 2026-01-13");
  });

  it("warns of a repeated dump on the second day", () => {
    const first = [table("tenants", 200), table("payments", 300)];

    expect(judgeAll([first, first]).at(-1)).toMatchObject([{ name: "new_content", status: "warn" }]);
  });

  it("reports removed tables and columns, but not their return", () => {
    const whole = (): TableProfile[] => [
      table("cash", 2, { columns: [column("name", 0), column("note", 0)] }),
      table("items", 9),
    ];
    const without = (): TableProfile[] => [table("cash", 2, { columns: [column("name", 0)] })];

    const found = judgeAll([...repeat(4, whole), ...repeat(3, without), ...repeat(2, whole)]);

    expect(found.flatMap((day, index) => day.map(({ name }) => `${index} ${name}`))).toEqual([
      "4 same_tables",
      "4 same_columns_cash",
    ]);
  });

  it("reports once that a code has disappeared", () => {
    const codes = (counts: Record<string, number>): TableProfile[] => [
      table("tenants", 100, { columns: [column("status", 0, { codes: counts })] }),
    ];

    const found = judgeAll([...repeat(8, () => codes({ 9: 60, 14: 40 })), ...repeat(3, () => codes({ 9: 100 }))]);

    expect(found.map((day) => day.map(({ name }) => name))).toEqual([
      ...repeat(8, () => []),
      ...[["kept_codes_tenants_status"], [], []],
    ]);
  });
});
