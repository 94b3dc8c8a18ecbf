import { expectedSilver } from "../../oracle/expected-silver.ts";
import { stgApartments } from "../../oracle/silver/stg-apartments.ts";
import { stgInquiries } from "../../oracle/silver/stg-inquiries.ts";
import { stgMovings } from "../../oracle/silver/stg-movings.ts";
import { stgTenants } from "../../oracle/silver/stg-tenants.ts";
import { moving, sourceDay, tenant } from "./source-rows.ts";

describe("coordinates", () => {
  it.each([
    ["35.000000", "139.000000", 35],
    ["36.000000", "140.500000", 36],
    ["36.000001", "140.000000", null],
    ["35.500000", "138.999999", null],
    ["99.999999", "35.600000", null],
    ["35.500000", null, null],
  ])("%s, %s give latitude %s", (latitude, longitude, expected) => {
    const day = sourceDay();
    const apartments = day.apartments.map((row) => ({ ...row, latitude, longitude }));

    const [row] = stgApartments({ ...day, apartments });

    expect(row?.latitude).toBe(expected);
    expect(row?.longitude === null).toBe(expected === null);
  });
});

describe("nationality", () => {
  it.each([
    ["日本", 200, "日本", "text"],
    [" 日本\u3000", null, "日本", "text"],
    ["NULL", 1, "日本", "master"],
    ["レソト", 1, "日本", "master"],
    ["レソト", 200, null, "placeholder"],
    ["Lesotho", 0, null, "placeholder"],
    [null, 200, null, "placeholder"],
    [null, 0, null, "missing"],
    ["", -1, null, "missing"],
    [null, null, null, "missing"],
  ])("text %j with id %s is %s from %s", (nationality, m_nationality_id, expected, source) => {
    const [row] = stgTenants(sourceDay({ tenants: [tenant({ id: 1, nationality, m_nationality_id })] }));

    expect([row?.nationality, row?.nationality_source]).toEqual([expected, source]);
  });

  it("comes from nowhere when the master is empty", () => {
    const [row] = stgTenants(sourceDay({ tenants: [tenant({ id: 1, m_nationality_id: 1 })], nationalities: [] }));

    expect([row?.nationality, row?.nationality_source]).toEqual([null, "missing"]);
  });
});

describe("personal identity", () => {
  it.each([
    ["8", "Residence Card"],
    [" 3\u3000", "Passport"],
    ["08", "Residence Card"],
    ["9", "Unknown (9)"],
    ["1234567890", null],
    ["パスポート", null],
    ["NULL", null],
  ])("%j is %s", (personal_identity, expected) => {
    const [row] = stgTenants(sourceDay({ tenants: [tenant({ id: 1, personal_identity })] }));

    expect(row).toMatchObject({ personal_identity_raw: personal_identity, personal_identity_en: expected });
  });
});

describe("repeated movings", () => {
  const kept = (...rows: ReturnType<typeof moving>[]): number[][] =>
    stgMovings(sourceDay({ movings: rows })).map(({ moving_id, repeat_count }) => [moving_id, repeat_count]);

  it("fold into the valid one before the cancelled", () => {
    expect(kept(moving({ id: 1 }), moving({ id: 2, cancel_flag: 1, updated_at: "2026-01-01 00:00:00" }))).toEqual([
      [1, 1],
    ]);
  });

  it("fold into the one updated last, never updated coming last", () => {
    const rows = [
      moving({ id: 1 }),
      moving({ id: 2, updated_at: null }),
      moving({ id: 3, updated_at: "2024-01-01 00:00:00" }),
    ];

    expect(kept(...rows)).toEqual([[1, 2]]);
  });

  it("fold into the greatest id when all else is equal", () => {
    expect(kept(moving({ id: 1 }), moving({ id: 2 }))).toEqual([[2, 1]]);
  });

  it("compare first start and renewal NULL-safely", () => {
    const nulls = { original_movein_date: null, move_renew_flag: null };

    expect(kept(moving({ id: 1, ...nulls }), moving({ id: 2, ...nulls }))).toEqual([[2, 1]]);
    expect(kept(moving({ id: 1 }), moving({ id: 2, move_renew_flag: null }))).toHaveLength(2);
  });

  it("are not folded without a start date, a zero date being none", () => {
    const zero = { movein_date: "0000-00-00" };

    expect(kept(moving({ id: 1, ...zero }), moving({ id: 2, ...zero }))).toHaveLength(2);
  });

  it("leave renewals and later stays in the same room", () => {
    expect(kept(moving({ id: 1 }), moving({ id: 2, movein_date: "2026-01-10", move_renew_flag: 1 }))).toHaveLength(2);
  });
});

describe("a moving", () => {
  it("has the first of integrated, plans and last rent day that is a date", () => {
    const dates = { moveout_date_integrated: "0000-00-00", moveout_plans_date: null, moveout_date: "2025-05-31" };
    const [row] = stgMovings(sourceDay({ movings: [moving({ id: 1, ...dates })] }));

    expect(row).toMatchObject({
      moveout_date: "2025-05-31",
      moveout_date_integrated: null,
      moveout_final_rent_date: "2025-05-31",
    });
  });

  it("is valid and complete only where its flags say so", () => {
    const [row] = stgMovings(
      sourceDay({ movings: [moving({ id: 1, cancel_flag: null, is_moveout: null, move_renew_flag: null })] }),
    );

    expect(row).toMatchObject({ is_valid_contract: 0, is_completed_moveout: 0, is_renewal: null });
  });
});

describe("an inquiry", () => {
  it("stands on the Tokyo day of its record, once, however many tenants share it", () => {
    const inquiry = {
      id: 5,
      tenant_id: 1,
      inquiry_date: "2020-01-01",
      created_at: "2020-01-01 15:00:00",
      updated_at: null,
    };
    const tenants = [tenant({ id: 1, inquiry_id: 5 }), tenant({ id: 2, inquiry_id: 5 })];

    const rows = stgInquiries(sourceDay({ tenants, inquiries: [inquiry, { ...inquiry, id: 6 }] }));

    expect(rows.map((row) => [row.inquiry_id, row.inquiry_date, row.converted_to_tenant])).toEqual([
      [5, "2020-01-02", 1],
      [6, "2020-01-02", 0],
    ]);
  });
});

describe("int_contracts", () => {
  const contracts = (...movings: ReturnType<typeof moving>[]) =>
    expectedSilver(sourceDay({ movings }), { publishedHistory: [] }).int_contracts;

  it("drop contracts without tenant, building or room", () => {
    const rows = contracts(
      moving({ id: 1 }),
      moving({ id: 2, tenant_id: 9 }),
      moving({ id: 3, apartment_id: 9 }),
      moving({ id: 4, room_id: 9 }),
    );

    expect(rows.map(({ contract_id }) => contract_id)).toEqual([1]);
  });

  it("have no stay when the end is before the start, and no lead time when the notice is after the end", () => {
    const [row] = contracts(moving({ id: 1, moveout_plans_date: "2025-01-09", moveout_receipt_date: "2025-01-10" }));

    expect(row).toMatchObject({
      total_stay_days: null,
      total_stay_months: null,
      notice_lead_time_days: null,
      moveout_date: "2025-01-09",
    });
  });

  it("count days and completed months of a stay", () => {
    const [row] = contracts(
      moving({
        id: 1,
        movein_date: "2025-01-31",
        moveout_plans_date: "2025-02-28",
        moveout_receipt_date: "2025-02-28",
      }),
    );

    expect(row).toMatchObject({ total_stay_days: 28, total_stay_months: 0, notice_lead_time_days: 0 });
  });

  it("mark one last move-out a tenant: latest up to the business date, then greatest id", () => {
    const out = (id: number, day: string, more = {}): ReturnType<typeof moving> =>
      moving({ id, movein_date: `2025-01-0${id}`, is_moveout: 1, moveout_plans_date: day, ...more });

    const rows = contracts(
      out(1, "2025-06-01"),
      out(2, "2025-06-01"),
      out(3, "2026-02-08"),
      out(4, "2025-12-31", { is_moveout: 0 }),
    );

    expect(rows.filter(({ is_last_moveout }) => is_last_moveout === 1).map(({ contract_id }) => contract_id)).toEqual([
      2,
    ]);
  });
});
