import { expectedGold } from "../../oracle/expected-gold.ts";
import { expectedSilver } from "../../oracle/expected-silver.ts";
import type { HistoryRow } from "../../oracle/silver/tenant-status-history.ts";
import { tenantStatusHistory } from "../../oracle/silver/tenant-status-history.ts";
import { moving, sourceDay, tenant } from "./source-rows.ts";
import type { SourceDay } from "../../oracle/source-day.ts";

const run = { businessDate: "2026-02-07", runId: "r" };

function gold(day: Partial<SourceDay>, publishedHistory: HistoryRow[] = []) {
  return expectedGold(expectedSilver(sourceDay(day), { publishedHistory }), run);
}

/** Contracts in rooms and days of their own, so that none repeats another. */
function contracts(...rows: Partial<ReturnType<typeof moving>>[]): Partial<SourceDay> {
  return { movings: rows.map((row, index) => moving({ id: index + 1, movein_date: `2020-01-${10 + index}`, ...row })) };
}

describe("new_contracts", () => {
  it("hold signed, valid, located contracts from 2018 to the business date, both included", () => {
    const { new_contracts } = gold(
      contracts(
        { movein_decided_date: "2018-01-01 00:00:00" },
        { movein_decided_date: "2026-02-07 23:59:59" },
        { movein_decided_date: "2017-12-31 23:59:59" },
        { movein_decided_date: "2026-02-08 00:00:00" },
        { movein_decided_date: "2020-01-01 00:00:00", cancel_flag: 1 },
        { movein_decided_date: null },
      ),
    );

    expect(new_contracts.map(({ contract_id }) => contract_id)).toEqual([1, 2]);
  });

  it("show the age at signing", () => {
    const { new_contracts } = gold({
      ...contracts({ movein_decided_date: "2020-02-06 10:00:00" }),
      tenants: [tenant({ id: 1, birth_date: "1995-02-07" })],
    });

    expect(new_contracts.map(({ age }) => age)).toEqual([24]);
  });
});

describe("moveout_notices", () => {
  it("hold 24 months, both ends included, with what became of them", () => {
    const { moveout_notices } = gold(
      contracts(
        { moveout_receipt_date: "2024-02-07", is_moveout: 1 },
        { moveout_receipt_date: "2026-02-07" },
        { moveout_receipt_date: "2025-02-07", cancel_flag: 1 },
        { moveout_receipt_date: "2024-02-06" },
        { moveout_receipt_date: "2026-02-08" },
      ),
    );

    expect(moveout_notices.map(({ contract_id, moveout_status }) => [contract_id, moveout_status])).toEqual([
      [1, "Completed"],
      [2, "Pending"],
      [3, "Cancelled"],
    ]);
  });

  it("remain as monthly totals, their lead times averaged without those that are none", () => {
    const { moveout_notices_monthly } = gold(
      contracts(
        { moveout_receipt_date: "2020-03-01", moveout_plans_date: "2020-03-31", is_moveout: 1 },
        { moveout_receipt_date: "2020-03-31", moveout_plans_date: "2020-04-01" },
        { moveout_receipt_date: "2020-03-31", moveout_plans_date: "2020-03-30" },
        { moveout_receipt_date: "2017-12-31" },
      ),
    );

    expect(moveout_notices_monthly).toEqual([
      {
        notice_month: "2020-03",
        tenant_type: "individual",
        prefecture: "東京都",
        notice_count: 3,
        completed_count: 1,
        pending_count: 2,
        cancelled_count: 0,
        avg_lead_time_days: 15.5,
        business_date: "2026-02-07",
        run_id: "r",
      },
    ]);
  });
});

describe("moveout_summary", () => {
  it("counts each family to the whole and averages positive rents only", () => {
    const out = { is_moveout: 1, moveout_plans_date: "2020-12-31" };

    const { moveout_summary } = gold(
      contracts({ ...out, rent: 50_000 }, { ...out, rent: 69_999, move_renew_flag: 1 }, { ...out, rent: 0 }),
    );

    expect(moveout_summary).toHaveLength(2);
    expect(moveout_summary[0]).toMatchObject({
      moveout_year_month: "2020-12",
      rent_range: "50K-70K",
      moveout_count: 2,
      avg_monthly_rent: 59_999.5,
      min_monthly_rent: 50_000,
      max_monthly_rent: 69_999,
      avg_tenure_months: 11,
      gender_other_count: 2,
      age_unknown_count: 2,
      tenure_medium_count: 2,
      renewal_yes_count: 1,
      renewal_no_count: 1,
      distinct_moveout_reasons: 0,
    });
    expect(moveout_summary[1]).toMatchObject({
      rent_range: "Unknown",
      rent_range_order: 6,
      avg_monthly_rent: null,
      moveout_count: 1,
    });
  });
});

describe("daily_activity_summary", () => {
  it("has a row exactly where something happened, with the delta of move-ins and move-outs", () => {
    const { daily_activity_summary } = gold(
      contracts(
        { movein_date: "2020-01-10", is_moveout: 1, moveout_plans_date: "2020-12-31" },
        { movein_date: "2020-01-10", move_renew_flag: 1, moving_agreement_type: 2 },
        { movein_date: "2026-02-08" },
      ),
    );

    const rows = daily_activity_summary.map((row) => [
      row.activity_date,
      row.tenant_type,
      row.confirmed_moveins_count,
      row.renewal_moveins_count,
      row.net_occupancy_delta,
    ]);
    expect(rows).toEqual([
      ["2020-01-10", "individual", 1, 0, 1],
      ["2020-12-31", "individual", 0, 0, -1],
      ["2020-01-10", "corporate", 1, 1, 1],
    ]);
  });

  it("counts applications by the Tokyo day of the tenant's record, while the tenant stands at status 4", () => {
    const created = { created_at: "2025-03-01 15:00:00" };
    const tenants = [
      tenant({ id: 1, status: 4, ...created }),
      tenant({ id: 2, status: 4, corporate_name: "NULL", ...created }),
      tenant({ id: 3, status: 5, ...created }),
    ];

    const { daily_activity_summary } = gold({ tenants });

    expect(daily_activity_summary).toMatchObject([
      { activity_date: "2025-03-02", tenant_type: "individual", applications_count: 2 },
    ]);
  });

  it("counts entries into status 4: none on the first run, none while status 4 goes on", () => {
    const history = (before: HistoryRow[], businessDate: string, tenants: SourceDay["tenants"]): HistoryRow[] =>
      tenantStatusHistory(before, sourceDay({ businessDate, tenants }));
    const at = (id: number, status: number, more = {}): ReturnType<typeof tenant> =>
      tenant({ id, status, created_at: null, ...more });
    const first = history([], "2026-02-05", [at(1, 4), at(2, 3), at(3, 3)]);
    const second = history(first, "2026-02-06", [at(1, 4), at(2, 4), at(3, 3)]);

    const { daily_activity_summary } = gold(
      { tenants: [at(1, 4), at(2, 4, { renewal_priority: 1 }), at(3, 4, { corporate_name: "㈱" })] },
      second,
    );

    expect(
      daily_activity_summary.map((row) => [row.activity_date, row.tenant_type, row.reservations_entered_count]),
    ).toEqual([
      ["2026-02-06", "individual", 1],
      ["2026-02-07", "corporate", 1],
    ]);
  });
});

describe("detail tables", () => {
  it("leave out buildings without coordinates, which the daily summary counts", () => {
    const day = sourceDay(contracts({ movein_decided_date: "2020-01-01 00:00:00" }));
    const apartments = day.apartments.map((row) => ({ ...row, latitude: null }));

    const { new_contracts, daily_activity_summary } = gold({ ...day, apartments });

    expect(new_contracts).toHaveLength(0);
    expect(daily_activity_summary.reduce((sum, row) => sum + row.contracts_signed_count, 0)).toBe(1);
  });
});
