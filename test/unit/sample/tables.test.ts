import { dumpTables, sourceTables } from "../../../local/sample/schema/all-tables.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import { FULL_BYTES, scaleFor } from "../../../local/sample/volumes.ts";
import { dayOf } from "../../../local/sample/calendar.ts";
import { buildWorld, coreCounts } from "../../../local/sample/world/build-world.ts";
import { contractsInDump } from "../../../local/sample/world/world.ts";

/** Row counts of the source on 5 February 2026, as its owner documented them. */
const counts = `apartments 1,202; rooms 16,401; tenants 50,297; movings 62,280; moveouts 25,256; inquiries 719;
tenant_histories 1,199,272; payments 990,735; clearings 751,096; bank_deposits 283,853; Fundhing_Request 278,696; proof_lists 254,358;
pl_actuals_annual 105,672; Costs_items 96,465; Costs 95,472; utility_bills 79,043; payment_deletions 78,995; paysle_charge_responses 20,269;
paysle_charges 13,843; cleared_balances 8,925; Deposits 7,744; bank_accounts 6,040; gmo_order_numbers 5,271;
bank_account_tenants 12,380; apartment_histories 12,413; reports 12,111; introducers 11,563; tenant_black_lists 6,975; previews 6,092; ry 4,593;
renewals 4,252; tenant_reports 3,833; ju 2,617; tenant_counts 2,605; paysle_csv_lines 2,316; api_requests 2,013; m_agent_tenants 1,312;
prime_one_accounts 1,211; deposit_accounts 1,202; withdrawal_accounts 1,201; refunds 836; suppliers_items 819; m_corporate_names 615;
suppliers 218; apartment_owners 205; apartment_payees 204; moves 188; applications 135;
m_nationalities 200; m_owners 164; m_agents 131; mapping_definition 113; apartment_municipalities 62; m_sales_types 35; items 29;
proof_list_executions 22; m_black_list_reasons 13; m_apartment_history_corporations 11; m_moving_sites 10; m_apartment_history_services 8;
m_personal_identities 8; apartment_prefectures 7; m_moving_reasons 7; m_data_types 6; m_next_apartments 4; options 3;
apartment_corporate_names 2; cash 2; currency 1; m_systems 1; approvers 1;
Arrears_Management 0; Arrears_Snapshot 0; Orders 0; approvals 0; gmo_proof_lists 0; m_corporate_name_contracts 0; order_items 0;
other_clearings 0; pmc 0; work_reports 0`;

const expected = new Map(
  counts.split(";").map((entry): [string, number] => {
    const [name = "", count = ""] = entry.trim().split(" ");
    return [name, Number(count.replaceAll(",", ""))];
  }),
);
const withoutDates = [
  "paysle_charge_responses",
  "bank_account_tenants",
  "tenant_reports",
  "prime_one_accounts",
  "apartment_municipalities",
  "proof_list_executions",
  "apartment_prefectures",
  "m_data_types",
  "options",
  "apartment_corporate_names",
];

function rowCounts(sizeBytes: number, names: readonly string[]): Map<string, number> {
  const { contents } = generateSample({ sizeBytes, seed: 7, date: "2026-02-07" });
  return new Map(
    contents
      .filter(({ table }) => names.includes(table.name))
      .map(({ table, rows }) => {
        let count = 0;
        for (const _row of rows()) count += 1;
        return [table.name, count];
      }),
  );
}

function position(table: string, column: string): number {
  const found = sourceTables.find(({ name }) => name === table);
  return (found?.columns.findIndex(({ name }) => name === column) ?? -1) + 1;
}

describe("the source's tables", () => {
  it("are the 81 known tables, in their exact spelling", () => {
    expect(sourceTables.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort());
    expect(sourceTables).toHaveLength(81);
  });

  it("include a few empty tables whose names contain a dot", () => {
    const dotted = dumpTables.filter(({ name }) => name.includes(".")).map(({ name }) => name);

    expect(dotted).toEqual(["staging.apartments", "staging.movings", "staging.tenants"]);
  });

  it.each([
    ["apartments", 87],
    ["rooms", 35],
    ["tenants", 114],
    ["movings", 101],
    ["m_nationalities", 11],
  ])("%s has %i columns", (name, width) => {
    expect(sourceTables.find((table) => table.name === name)?.columns).toHaveLength(width);
  });

  it.each([
    ["rooms", "room_number", 3],
    ["tenants", "gender_type", 9],
    ["tenants", "personal_identity", 11],
    ["tenants", "affiliation", 25],
    ["tenants", "age", 51],
    ["tenants", "nationality", 52],
    ["tenants", "media_id", 53],
    ["movings", "moveout_receipt_date", 26],
    ["movings", "move_renew_flag", 27],
    ["movings", "moving_agreement_type", 41],
    ["movings", "tenant_contract_type", 42],
    ["movings", "rent_start_date", 43],
    ["movings", "expiration_date", 61],
    ["movings", "moveout_date_integrated", 90],
    ["movings", "is_moveout", 91],
  ])("has column %s.%s at position %i", (table, column, at) => {
    expect(position(table, column)).toBe(at);
  });

  it("have no column of a later model", () => {
    expect(position("tenants", "llm_nationality")).toBe(0);
    expect(position("tenants", "corporation_id")).toBe(0);
    expect(position("rooms", "room_no")).toBe(0);
  });

  it("have a date column, except ten tables", () => {
    const dateless = sourceTables.filter(({ columns }) => !columns.some(({ type }) => /^(date|timestamp)/.test(type)));

    expect(dateless.map(({ name }) => name).sort()).toEqual([...withoutDates].sort());
  });

  it("have no duplicate column", () => {
    for (const { columns } of dumpTables) {
      expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
    }
  });
});

describe("row counts", () => {
  it("are those of 5 February 2026 at full size", () => {
    const small = [...expected].filter(([, count]) => count < 3_000).map(([name]) => name);
    const world = buildWorld({ seed: 7, scale: scaleFor(FULL_BYTES), today: dayOf("2026-02-07") });
    const contracts = [...contractsInDump(world)].length;

    const found = rowCounts(FULL_BYTES, small);

    for (const [name, count] of found) expect([name, count]).toEqual([name, expected.get(name)]);
    expect([world.tenants.length, contracts, world.rooms.length]).toEqual([50_297, 62_280, 16_401]);
    expect([world.moveouts.length, world.buildings.length, world.inquiries.length]).toEqual([25_256, 1_202, 719]);
  }, 60_000);

  it("have complete master data and ten empty tables in a small dump", () => {
    const masters = [...expected].filter(([name]) => /^m_(nat|own|agents|sales|black|moving|data|sys|pers)/.test(name));
    const empty = [...expected].filter(([, count]) => count === 0);

    const found = rowCounts(
      1_000_000,
      [...masters, ...empty].map(([name]) => name),
    );

    expect([...found].sort()).toEqual([...masters, ...empty].sort());
  });

  it("include thousands of tenants and contracts in a dump of 50 MB", () => {
    const { tenants, movings, rooms } = coreCounts(scaleFor(50_000_000));

    expect(tenants).toBeGreaterThan(5_000);
    expect(movings).toBeGreaterThan(5_000);
    expect(rooms).toBeGreaterThan(2_000);
  });

  it("grow with the size, which must be at least 1 MB", () => {
    const sizes = [1e6, 5e6, 50e6, 300e6, 945e6, 2e9].map(scaleFor);

    expect(sizes.map(({ core }) => core)).toEqual(sizes.map(({ core }) => core).toSorted((a, b) => a - b));
    expect(scaleFor(FULL_BYTES)).toEqual({ core: 1, filler: 1 });
    expect(() => scaleFor(999_999)).toThrow(RangeError);
  });
});
