import fc from "fast-check";
import { tenantStatusHistory, type HistoryRow } from "../../oracle/silver/tenant-status-history.ts";
import { tenantStatusTransitions } from "../../oracle/gold/tenant-status-transitions.ts";
import { sourceDay, tenant } from "./source-rows.ts";
import { plusDays } from "../../oracle/dates.ts";
import type { TenantRow } from "../../../local/sample/rows/core-rows.ts";

type Snapshot = readonly (Partial<TenantRow> & { id: number })[];

/** Tenants that never change, so that one who leaves is no truncated load. */
const others = Array.from({ length: 40 }, (_, index) => tenant({ id: 1_000 + index }));

function step(history: readonly HistoryRow[], day: string, snapshot: Snapshot): HistoryRow[] {
  return tenantStatusHistory(history, sourceDay({ businessDate: day, tenants: [...snapshot.map(tenant), ...others] }));
}

function periods(history: readonly HistoryRow[]): unknown[] {
  return history
    .filter(({ tenant_id }) => tenant_id < 1_000)
    .sort((a, b) => a.tenant_id - b.tenant_id || (a.valid_from < b.valid_from ? -1 : 1))
    .map((row) => [row.tenant_id, row.status, row.valid_from, row.valid_to, row.closed_reason]);
}

describe("the history", () => {
  it("begins with one open period a tenant", () => {
    expect(periods(step([], "2026-02-01", [{ id: 1, status: 9 }]))).toEqual([[1, 9, "2026-02-01", null, null]]);
  });

  it("closes a period the day before a change and opens another", () => {
    const first = step([], "2026-02-01", [{ id: 1, status: 9 }]);

    expect(periods(step(first, "2026-02-02", [{ id: 1, status: 14 }]))).toEqual([
      [1, 9, "2026-02-01", "2026-02-01", "changed"],
      [1, 14, "2026-02-02", null, null],
    ]);
  });

  it("closes a vanished tenant, and leaves a gap when it returns", () => {
    const days: [string, Snapshot][] = [
      ["2026-02-01", [{ id: 1, status: 9 }]],
      ["2026-02-02", []],
      ["2026-02-04", [{ id: 1, status: 9 }]],
    ];

    const history = days.reduce<HistoryRow[]>((rows, [day, snapshot]) => step(rows, day, snapshot), []);

    expect(periods(history)).toEqual([
      [1, 9, "2026-02-01", "2026-02-01", "disappeared"],
      [1, 9, "2026-02-04", null, null],
    ]);
  });

  it("dates a change during missing days to the next dump", () => {
    const first = step([], "2026-02-01", [{ id: 1, status: 9 }]);

    expect(periods(step(first, "2026-02-05", [{ id: 1, status: 16 }]))).toEqual([
      [1, 9, "2026-02-01", "2026-02-04", "changed"],
      [1, 16, "2026-02-05", null, null],
    ]);
  });

  it("sees changes to and from NULL, but takes NULL for 0 in flags and priority", () => {
    const first = step([], "2026-02-01", [{ id: 1, status: 9, is_paysle_unpaid: null, renewal_priority: 0 }]);

    expect(
      periods(step(first, "2026-02-02", [{ id: 1, status: 9, is_paysle_unpaid: 0, renewal_priority: null }])),
    ).toHaveLength(1);
    expect(periods(step(first, "2026-02-02", [{ id: 1, status: null }]))).toHaveLength(2);
    expect(periods(step(first, "2026-02-02", [{ id: 1, status: 9, agreement_type: 0 }]))).toHaveLength(2);
    expect(periods(step(first, "2026-02-02", [{ id: 1, status: 9, is_paysle_unpaid: 1 }]))).toHaveLength(2);
  });

  it("takes back a day's changes when the day is run again with a corrected dump", () => {
    const first = step([], "2026-02-01", [
      { id: 1, status: 9 },
      { id: 2, status: 4 },
    ]);
    const wrong = step(first, "2026-02-02", [{ id: 1, status: 14 }]);

    expect(
      step(wrong, "2026-02-02", [
        { id: 1, status: 9 },
        { id: 2, status: 4 },
      ]),
    ).toEqual(first);
  });

  it("refuses a snapshot that lacks more than 5 % of the open tenants", () => {
    const first = step(
      [],
      "2026-02-01",
      [1, 2, 3].map((id) => ({ id })),
    );

    expect(() => step(first, "2026-02-02", [])).toThrow("3 of 43 open tenants are missing");
  });

  it("is the same however often a day is run, and has no gap, overlap or empty change", () => {
    const snapshot = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 2 }),
        status: fc.constantFrom(null, 4, 9),
        is_renewal_ng: fc.constantFrom(null, 0, 1),
      }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(fc.array(snapshot, { minLength: 1, maxLength: 8 }), (snapshots) => {
        let history: HistoryRow[] = [];
        for (const [index, rows] of snapshots.entries()) {
          const day = plusDays("2026-02-01", index);
          history = step(history, day, rows);
          expect(step(history, day, rows)).toEqual(history);
        }
        for (const periodsOfOne of Map.groupBy(history, ({ tenant_id }) => tenant_id).values()) {
          const sorted = periodsOfOne.toSorted((a, b) => (a.valid_from < b.valid_from ? -1 : 1));
          for (const [index, row] of sorted.entries()) {
            const next = sorted[index + 1];
            expect(row.valid_to === null).toBe(row.is_current === 1);
            expect(row.closed_reason === null).toBe(row.is_current === 1);
            if (row.valid_to === null) expect(next).toBeUndefined();
            else
              expect(row.valid_to >= row.valid_from && (next === undefined || next.valid_from > row.valid_to)).toBe(
                true,
              );
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("transitions", () => {
  const run = { businessDate: "2026-02-10", runId: "r" };
  const days: [string, Snapshot][] = [
    ["2026-02-01", [{ id: 1, status: 9 }]],
    ["2026-02-03", [{ id: 1, status: 9, renewal_priority: 2 }]],
    ["2026-02-05", [{ id: 1, status: 14, is_paysle_unpaid: 1 }]],
    ["2026-02-06", []],
    ["2026-02-08", [{ id: 1, status: 14 }]],
    ["2026-02-09", [{ id: 1, status: null }]],
  ];
  const history = days.reduce<HistoryRow[]>((rows, [day, snapshot]) => step(rows, day, snapshot), []);
  const rows = tenantStatusTransitions(history, run).filter(({ tenant_id }) => tenant_id === 1);

  it("count the days at a status over periods that adjoin", () => {
    expect(rows.map((row) => [row.effective_date, row.days_in_period, row.days_in_status])).toEqual([
      ["2026-02-01", 2, 2],
      ["2026-02-03", 2, 4],
      ["2026-02-05", 1, 1],
      ["2026-02-08", 1, 1],
      ["2026-02-09", 2, 2],
    ]);
  });

  it("tell what changed, also across a gap and to NULL", () => {
    expect(rows.map((row) => [row.status_changed, row.status_transition, row.payment_status_change])).toEqual([
      [0, null, null],
      [0, null, null],
      [1, "In Residence -> Move-out Notice Received", "Became Unpaid"],
      [0, null, "Payment Resolved"],
      [1, "Move-out Notice Received -> None", null],
    ]);
  });

  it("mark the first and the current period", () => {
    expect(rows.map((row) => [row.is_first_period, row.is_current])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
  });
});
