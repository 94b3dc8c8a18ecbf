import { HARMLESS, isPlanted, REPEATED, runMonth, STALE } from "../../support/months/quality-month.ts";
import type { CheckedDay } from "../../support/months/source-history.ts";
import { testWarehouse } from "../../support/warehouse.ts";

describe("a month of evolved days", () => {
  const warehouse = testWarehouse();
  let days = new Map<number, CheckedDay>();

  beforeAll(async () => {
    days = await runMonth(warehouse.config, { sizeBytes: 1_000_000, seed: 7, date: "2026-02-01" });
  }, 600_000);
  afterAll(() => warehouse.dispose());

  function findingsOn(day: number): Record<string, string> {
    return Object.fromEntries((days.get(day)?.findings ?? []).map(({ name, status }) => [name, status]));
  }
  function textOn(day: number, test: string): string | undefined {
    return days.get(day)?.findings.find(({ name }) => name === test)?.message;
  }

  it("finds a table that lost 30 % of its rows, names the usual count, and does not publish it", () => {
    expect(findingsOn(14)).toEqual({ usual_row_count_rooms: "fail" });
    expect(textOn(14, "usual_row_count_rooms")).toMatch(
      /^rooms has 84 rows, 30 % fewer than expected \(120 on the last \d+ days; 120 on 2026-02-14\)$/,
    );
    expect(days.get(14)?.isPublished).toBe(false);
  });

  it("only warns about such a loss in a table that no model reads", () => {
    expect(findingsOn(29)).toEqual({ usual_row_count_clearings: "warn" });
    expect(days.get(29)?.isPublished).toBe(true);
  });

  it("finds a new status code, and names the code and its rows", () => {
    expect(findingsOn(17)).toEqual({ known_codes_tenants_status: "fail" });
    expect(textOn(17, "known_codes_tenants_status")).toMatch(
      /has a code not in code_tenant_status nor seen in the last \d+ days: 99 \(\d rows\), 2.\d % of 2\d\d rows/,
    );
  });

  it("finds a new code in a column with a list in YAML", () => {
    expect(findingsOn(18)).toMatchObject({ known_codes_rooms_status: "fail" });
  });

  it("finds a stale dump by the newest change in each of its tables", () => {
    expect(findingsOn(STALE.on)).toMatchObject({
      ...{
        tenants_are_fresh: "fail",
        movings_are_fresh: "fail",
        rooms_are_fresh: "fail",
        apartments_are_fresh: "fail",
      },
    });
    expect(textOn(STALE.on, "tenants_are_fresh")).toBe(
      "the newest change in tenants is of 2026-02-15T20:10:00.000Z, 115 hours before 2026-02-21 00:00 JST; above 72 it is an error",
    );
  });

  it("finds a dump that repeats the last one, even if it is recent", () => {
    expect(findingsOn(REPEATED)).toMatchObject({ new_content: "fail" });
    expect(textOn(REPEATED, "new_content")).toMatch(/^all \d+ tables that change daily are as they were on 2026-03-05/);
  });

  it("finds a column that fills with NULL, or with the text NULL", () => {
    expect(findingsOn(22)).toEqual({ usual_null_rate_tenants_nationality: "fail" });
    expect(textOn(22, "usual_null_rate_tenants_nationality")).toMatch(
      /^tenants.nationality is empty in all 2\d\d rows \(2.\d-\d.\d % on the last \d Mondays; 2.\d % on 2026-02-22\)$/,
    );
    expect(findingsOn(31)).toEqual({ usual_null_rate_payments_memo: "warn" });
    expect(textOn(31, "usual_null_rate_payments_memo")).toMatch(/^payments.memo is empty in all \d+ rows/);
  });

  it("finds a retyped and a renamed column as a difference", () => {
    expect(findingsOn(26)).toEqual({ same_columns_rooms: "fail" });
    expect(textOn(26, "same_columns_rooms")).toContain("rent: decimal(10,0) -> varchar(20)");
    expect(findingsOn(12)).toEqual({ same_columns_rooms: "fail" });
    expect(textOn(12, "same_columns_rooms")).toContain("room_number (varchar(64)) removed");
  });

  it("finds a missing table", () => {
    expect(findingsOn(28)).toEqual({ same_tables: "warn" });
    expect(textOn(28, "same_tables")).toBe("the dump comes without payments (compared with 2026-02-28)");
  });

  it("accepts empty tables where they are allowed", () => {
    expect(findingsOn(HARMLESS)).toEqual({});
  });

  it("raises at most one false alarm in the rest of the month, and none when the data is normal again", () => {
    const others = [...days].filter(([day]) => !isPlanted(day));
    const alarms = others.flatMap(([, { businessDate, findings }]) =>
      findings.map(({ name, message = "" }) => `${businessDate} ${name}: ${message}`),
    );

    expect(others.length).toBeGreaterThan(15);
    expect(alarms.slice(1)).toEqual([]);
  });

  it("costs little beside the load", () => {
    const sum = (time: "loadMs" | "profileMs"): number =>
      [...days.values()].reduce((total, day) => total + day[time], 0);

    expect(sum("profileMs") / sum("loadMs")).toBeLessThan(0.2);
  });
});
