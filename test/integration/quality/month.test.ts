import type { SampleFault } from "../../../local/sample/faults.ts";
import { sampleDays, type Sample } from "../../../local/sample/sample.ts";
import { dumpOf, SourceHistory, type ArrivingDump, type CheckedDay } from "../../support/source-history.ts";
import { testWarehouse } from "../../support/warehouse.ts";

const DAYS = 34;
/** Days of the month without a dump. */
const MISSING = [9, 10, 24];
/** On this day the dump of an older one arrives under the day's name. */
const STALE = { on: 20, from: 15 };
/** On this day the dump of the day before arrives again. */
const REPEATED = 33;

/** A table that has lost 30 % of its rows. */
function shrunk(table: string): (sample: Sample) => SampleFault {
  return ({ contents }) => {
    const rows = contents.find((content) => content.table.name === table)?.rows() ?? [];
    return { kind: "keepRows", table, rows: Math.floor([...rows].length * 0.7) };
  };
}

/** What is planted on which day of the month; a fault lasts one day. */
const planted: Record<number, (sample: Sample) => SampleFault> = {
  12: () => ({ kind: "renameColumn", table: "rooms", column: "room_number", to: "room_no" }),
  14: shrunk("rooms"),
  17: () => ({ kind: "setCells", table: "tenants", column: "status", value: 99, everyNth: 40 }),
  18: () => ({ kind: "setCells", table: "rooms", column: "status", value: 7, everyNth: 110 }),
  22: () => ({ kind: "setCells", table: "tenants", column: "nationality", value: null }),
  26: () => ({ kind: "retypeColumn", table: "rooms", column: "rent", type: "varchar(20)" }),
  28: () => ({ kind: "dropTable", table: "payments" }),
  29: shrunk("clearings"),
  30: () => ({ kind: "emptyTable", table: "m_owners" }),
  31: () => ({ kind: "setCells", table: "payments", column: "memo", value: "NULL" }),
};

describe("a month of evolved days", () => {
  const warehouse = testWarehouse();
  const days = new Map<number, CheckedDay>();

  beforeAll(async () => {
    const history = await SourceHistory.open(warehouse.config);
    const arrived = new Map<number, ArrivingDump>();
    try {
      let day = 0;
      for (const sample of sampleDays({ sizeBytes: 1_000_000, seed: 7, date: "2026-02-01", days: DAYS })) {
        const fault = planted[day]?.(sample);
        const dump = dumpOf(sample, fault === undefined ? [] : [fault]);
        arrived.set(day, dump);
        const old = arrived.get(day === STALE.on ? STALE.from : day === REPEATED ? day - 1 : day);
        if (!MISSING.includes(day)) {
          days.set(day, await history.take({ ...(old ?? dump), businessDate: sample.businessDate }));
        }
        day += 1;
      }
    } finally {
      await history.close();
    }
  }, 240_000);
  afterAll(() => warehouse.dispose());

  function findingsOn(day: number): Record<string, string> {
    return Object.fromEntries((days.get(day)?.findings ?? []).map(({ name, status }) => [name, status]));
  }
  function textOn(day: number, test: string): string | undefined {
    return days.get(day)?.findings.find(({ name }) => name === test)?.message;
  }

  it("finds a table that lost 30 % of its rows, says what is usual, and keeps it from going live", () => {
    expect(findingsOn(14)).toEqual({ usual_row_count_rooms: "fail" });
    expect(textOn(14, "usual_row_count_rooms")).toMatch(
      /^rooms has 84 rows, 30 % fewer than expected \(120 on the last \d+ days; 120 on 2026-02-14\)$/,
    );
    expect(days.get(14)?.isPublished).toBe(false);
  });

  it("only warns of such a loss in a table that no model reads", () => {
    expect(findingsOn(29)).toEqual({ usual_row_count_clearings: "warn" });
    expect(days.get(29)?.isPublished).toBe(true);
  });

  it("finds a new status code, names it and its rows", () => {
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
      "the newest change in tenants is of 2026-02-15T20:10:00.000Z, 115 hours before 2026-02-21 00:00 in Tokyo; above 72 it is an error",
    );
  });

  it("finds a dump that repeats the last one, though it is hardly a day old", () => {
    expect(findingsOn(REPEATED)).toMatchObject({ new_content: "fail" });
    expect(textOn(REPEATED, "new_content")).toMatch(/^all \d+ tables that change daily are as they were on 2026-03-05/);
  });

  it("finds a column that fills with NULL, and with the text that says so", () => {
    expect(findingsOn(22)).toEqual({ usual_null_rate_tenants_nationality: "fail" });
    expect(textOn(22, "usual_null_rate_tenants_nationality")).toMatch(
      /^tenants.nationality is empty in all 2\d\d rows \(2.\d-\d.\d % on the last \d Mondays; 2.\d % on 2026-02-22\)$/,
    );
    expect(findingsOn(31)).toEqual({ usual_null_rate_payments_memo: "warn" });
  });

  it("finds a retyped and a renamed column as a difference", () => {
    expect(findingsOn(26)).toEqual({ same_columns_rooms: "fail" });
    expect(textOn(26, "same_columns_rooms")).toContain("rent: decimal(10,0) -> varchar(20)");
    expect(findingsOn(12)).toEqual({ same_columns_rooms: "fail" });
    expect(textOn(12, "same_columns_rooms")).toContain("room_number (varchar(64)) removed");
  });

  it("finds a vanished table", () => {
    expect(findingsOn(28)).toEqual({ same_tables: "warn" });
    expect(textOn(28, "same_tables")).toBe("the dump comes without payments (compared with 2026-02-26)");
  });

  it("lets tables be empty that may be", () => {
    expect(findingsOn(30)).toEqual({});
  });

  it("gives at most one false alarm in the rest of the month, nor one when things are as before again", () => {
    const isPlanted = (day: number): boolean => [STALE.on, REPEATED].includes(day) || planted[day] !== undefined;
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
