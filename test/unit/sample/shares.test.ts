import { generateSample } from "../../../local/sample/sample.ts";

const sample = generateSample({ sizeBytes: 50_000_000, seed: 11, date: "2026-02-07" });
const tenants = [...sample.tenants()];
const movings = [...sample.movings()];
const apartments = [...sample.apartments()];
const rooms = [...sample.rooms()];
const inquiries = [...sample.inquiries()];
const byId = new Map(apartments.map((row) => [row.id, row]));

function share<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  return rows.filter(holds).length / rows.length;
}

const isInside = (value: string | null, low: number, high: number): boolean =>
  value !== null && Number(value) >= low && Number(value) <= high;
const isOutsideCore = ({ latitude, longitude }: { latitude: string | null; longitude: string | null }): boolean =>
  !isInside(latitude, 35.5, 35.9) || !isInside(longitude, 139.5, 140);

describe("a sample of 50 MB", () => {
  it.each([
    [17, 0.591],
    [9, 0.2074],
    [8, 0.1048],
    [16, 0.063],
    [14, 0.0129],
    [5, 0.0049],
  ])("has the expected share of tenants with status %i", (status, expected) => {
    expect(share(tenants, (row) => row.status === status)).toBeCloseTo(expected, 2);
  });

  it("has tenants with each of the 18 statuses, and with no other", () => {
    expect([...new Set(tenants.map(({ status }) => status))].sort((a, b) => Number(a) - Number(b))).toEqual([
      ...Array(18).keys(),
    ]);
  });

  it.each([
    ["日本", 0.383],
    ["ミャンマー", 0.136],
    ["ベトナム", 0.084],
    ["中国", 0.084],
    ["韓国", 0.049],
    ["モンゴル", 0.03],
    ["レソト", 0.0142],
  ])("has the expected share of tenants from %s", (name, expected) => {
    const found = share(tenants, ({ nationality }) => nationality?.trim() === name);

    expect(Math.abs(found - expected)).toBeLessThan(expected * 0.2);
  });

  it("has imported tenants with placeholders: no gender, no affiliation, contract type 1", () => {
    const placeholders = tenants.filter(({ nationality }) => nationality === "レソト");
    const created = placeholders.map(({ created_at }) => created_at?.slice(0, 7));

    expect(placeholders.every((row) => row.gender_type === null && row.affiliation_type === null)).toBe(true);
    expect(share(placeholders, ({ contract_type }) => contract_type === 1)).toBe(1);
    expect(
      created.filter((month) => month === "2025-09" || month === "2025-10").length / created.length,
    ).toBeGreaterThan(0.97);
    expect(share(placeholders, ({ status }) => status === 9)).toBeCloseTo(563 / 683, 1);
  });

  it("has tenants without nationality in the three known forms", () => {
    const nothing = tenants.filter(
      ({ nationality, m_nationality_id }) =>
        (nationality ?? "") === "" && (m_nationality_id === 0 || m_nationality_id === 52),
    );

    expect(nothing.length / tenants.length).toBeCloseTo(0.025, 2);
    expect(share(nothing, ({ nationality }) => nationality === null)).toBeGreaterThan(0.4);
    expect(nothing.some((row) => row.nationality === "" && row.m_nationality_id === 52)).toBe(true);
    expect(tenants.filter(({ m_nationality_id }) => m_nationality_id === -1)).toHaveLength(1);
  });

  it("repeats 5.6 % of its movings, most of them with the key of the rule", () => {
    const keys = movings.map((row) =>
      [
        row.tenant_id,
        row.apartment_id,
        row.room_id,
        row.movein_date,
        row.original_movein_date,
        row.move_renew_flag,
      ].join("|"),
    );

    expect(1 - new Set(keys).size / keys.length).toBeGreaterThan(0.045);
    expect(1 - new Set(keys).size / keys.length).toBeLessThan(0.06);
  });

  it.each<[string, number, (row: (typeof movings)[number]) => boolean]>([
    ["rents of nothing or less", 0.035, ({ rent }) => rent !== null && rent <= 0],
    ["renewals", 0.1, ({ move_renew_flag }) => move_renew_flag === 1],
    ["signing dates", 0.8, ({ movein_decided_date }) => movein_decided_date !== null],
    ["notices", 0.6, ({ moveout_receipt_date }) => moveout_receipt_date !== null],
    ["last rent days", 0.3, ({ moveout_date }) => moveout_date !== null],
    ["expirations", 6_417 / 17_573, ({ expiration_date }) => expiration_date !== null],
  ])("has the expected share of %s", (_what, expected, holds) => {
    expect(Math.abs(share(movings, holds) - expected)).toBeLessThan(Math.max(0.01, expected * 0.08));
  });

  it("almost never sets rent_start_date", () => {
    expect(share(movings, ({ rent_start_date }) => rent_start_date !== null)).toBeLessThan(0.004);
  });

  it("has 2-6 % of contracts outside the narrow box and at least 95 % of buildings with usable coordinates", () => {
    const located = movings.flatMap((row) => byId.get(row.apartment_id) ?? []);

    expect(share(located, isOutsideCore)).toBeGreaterThan(0.02);
    expect(share(located, isOutsideCore)).toBeLessThan(0.08);
    expect(
      share(apartments, ({ latitude, longitude }) => isInside(latitude, 35, 36) && isInside(longitude, 139, 140.5)),
    ).toBeGreaterThan(0.95);
  });

  it("has no gender and affiliation for most imported tenants", () => {
    const imported = tenants.filter(
      ({ created_at }) => created_at !== null && created_at >= "2025-09-01" && created_at < "2025-10-31",
    );

    expect(share(imported, ({ gender_type }) => gender_type === null)).toBeCloseTo(0.75, 1);
    expect(share(imported, ({ affiliation }) => affiliation === null)).toBeCloseTo(0.92, 1);
  });

  it("has living rooms, unusable rooms, and at most one tenant per room", () => {
    const held = rooms.flatMap(({ moving_id }) => moving_id ?? []);

    expect(share(rooms, ({ status }) => status === 1)).toBeGreaterThan(0.94);
    expect(new Set(rooms.map(({ status }) => status))).toEqual(new Set([1, 4, 6]));
    expect(new Set(held).size).toBe(held.length);
  });

  it("has enquiries until May 2023, some updated recently, and several tenants for one enquiry", () => {
    const dates = inquiries.flatMap(({ inquiry_date }) => inquiry_date ?? []).sort();
    const linked = tenants.flatMap(({ inquiry_id }) => inquiry_id ?? []);

    expect(dates[0] ?? "").toMatch(/^2018-1/);
    expect(dates.at(-1) ?? "").toMatch(/^2023-0[45]/);
    expect(inquiries.some(({ updated_at }) => (updated_at ?? "") >= "2026-02-05")).toBe(true);
    expect(linked.length / new Set(linked).size).toBeGreaterThan(2);
  });

  it("has gaps in its IDs: about two numbers per tenant and 1.5 per contract", () => {
    expect((tenants.at(-1)?.id ?? 0) / tenants.length).toBeCloseTo(2, 0);
    expect((movings.at(-1)?.id ?? 0) / movings.length).toBeCloseTo(1.5, 0);
  });
});
