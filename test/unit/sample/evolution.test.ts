import { dayOf } from "../../../local/sample/calendar.ts";
import { generateSample, sampleDays } from "../../../local/sample/sample.ts";
import { FULL_BYTES, scaleFor } from "../../../local/sample/volumes.ts";
import { advanceDay } from "../../../local/sample/world/advance-day.ts";
import { buildWorld } from "../../../local/sample/world/build-world.ts";

const options = { sizeBytes: 8_000_000, seed: 5, date: "2026-02-07" };

interface Evolution {
  changes: Map<string, number>;
  total: number;
  newTenants: number;
  newContracts: number;
}

function evolve(days: number): Evolution {
  const world = buildWorld({ seed: 7, scale: scaleFor(FULL_BYTES), today: dayOf("2026-02-07") });
  const [tenants, contracts] = [world.tenants.length, world.contracts.length];
  const changes = new Map<string, number>();
  let total = 0;
  for (let day = 0; day < days; day += 1) {
    const before = world.tenants.map(({ status }) => status);
    advanceDay(world);
    for (const [index, status] of before.entries()) {
      const now = world.tenants[index]?.status;
      if (now === status) continue;
      const change = `${status}>${now ?? "gone"}`;
      changes.set(change, (changes.get(change) ?? 0) + 1);
      total += 1;
    }
  }
  return {
    changes,
    total: total / days,
    newTenants: (world.tenants.length - tenants) / days,
    newContracts: (world.contracts.length - contracts) / days,
  };
}

describe("evolution at full size", () => {
  const { changes, total, newTenants, newContracts } = evolve(12);
  const sum = [...changes.values()].reduce((a, b) => a + b, 0);

  it.each([
    ["9>14", 0.162],
    ["14>16", 0.153],
    ["9>10", 0.142],
    ["10>9", 0.114],
    ["5>9", 0.108],
    ["16>17", 0.086],
    ["9>16", 0.047],
  ])("has the expected share of the transition %s", (change, expected) => {
    expect(Math.abs((changes.get(change) ?? 0) / sum - expected)).toBeLessThan(0.03);
  });

  it("has about 87 changes, 18-24 new tenants and 40 new movings a day", () => {
    expect(Math.abs(total - 87)).toBeLessThan(9);
    expect(Math.abs(newTenants - 21)).toBeLessThan(4);
    expect(Math.abs(newContracts - 40)).toBeLessThan(7);
  });
});

describe("consecutive days", () => {
  const days = [0, 1, 2, 3].map((day) => generateSample({ ...options, day }));
  const tenants = days.map((sample) => new Map([...sample.tenants()].map((row) => [row.id, row])));
  const movings = days.map((sample) => new Map([...sample.movings()].map((row) => [row.id, row])));

  it("have consecutive dates, starting at the requested one", () => {
    const dates: string[] = [];
    for (const sample of sampleDays({ ...options, days: 3 })) dates.push(sample.businessDate);

    expect(dates).toEqual(["2026-02-07", "2026-02-08", "2026-02-09"]);
  });

  it("keep the fixed attributes of a tenant", () => {
    const fixed = (row: ReturnType<(typeof days)[0]["tenants"]> extends Generator<infer T> ? T : never): unknown[] => [
      row.nationality,
      row.m_nationality_id,
      row.birth_date,
      row.gender_type,
      row.created_at,
      row.personal_identity,
    ];
    for (const [id, row] of tenants[0] ?? []) {
      const later = tenants[3]?.get(id);
      if (later !== undefined) expect(fixed(later)).toEqual(fixed(row));
    }
  });

  it("keep the key of every unchanged moving", () => {
    let same = 0;
    for (const [id, row] of movings[0] ?? []) {
      const later = movings[1]?.get(id);
      if (later?.updated_at !== row.updated_at) continue;
      expect(later).toEqual(row);
      same += 1;
    }
    expect(same).toBeGreaterThan((movings[0]?.size ?? 0) * 0.95);
  });

  it("add, remove and return tenants", () => {
    const [first, second, third, fourth] = tenants;
    const vanished = [...(first?.keys() ?? [])].filter((id) => second?.has(id) === false);
    const came = [...(second?.keys() ?? [])].filter((id) => first?.has(id) === false);

    expect(vanished.length).toBeGreaterThan(0);
    expect(came.length).toBeGreaterThan(0);
    expect(vanished.length).toBeLessThan((first?.size ?? 0) * 0.01);
    expect(
      [...(first?.keys() ?? [])].some(
        (id) => (second?.has(id) === false || third?.has(id) === false) && fourth?.has(id),
      ),
    ).toBe(true);
  });

  it("add movings without a tenant", () => {
    const [first] = tenants;
    const ahead = [...(first?.values() ?? [])].flatMap(({ moving_id }) =>
      moving_id !== null && movings[0]?.has(moving_id) === false ? [moving_id] : [],
    );

    expect(ahead.length).toBeGreaterThan(0);
    expect(ahead.every((id) => movings[1]?.has(id))).toBe(true);
  });

  it("are fresh: the last change is less than a day before the business date, and not after the dump", () => {
    for (const [index, sample] of days.entries()) {
      const midnight = Date.parse(`${sample.businessDate}T00:00:00+09:00`);
      for (const rows of [tenants[index], movings[index]]) {
        const last = [...(rows?.values() ?? [])].reduce(
          (max, row) => ((row.updated_at ?? "") > max ? (row.updated_at ?? "") : max),
          "",
        );
        const instant = Date.parse(`${last.replace(" ", "T")}Z`);

        expect(midnight - instant).toBeLessThan(24 * 3_600_000);
        expect(instant - midnight).toBeLessThan(5.5 * 3_600_000);
      }
    }
  });

  it("do not change static tables, and add rows to growing ones", () => {
    const rowsOf = (index: number, table: string): unknown[] => [
      ...(days[index]?.contents.find((content) => content.table.name === table)?.rows() ?? []),
    ];
    const [before, after] = [rowsOf(0, "payments"), rowsOf(1, "payments")];

    expect(rowsOf(1, "m_owners")).toEqual(rowsOf(0, "m_owners"));
    expect(rowsOf(1, "pl_actuals_annual")).toEqual(rowsOf(0, "pl_actuals_annual"));
    expect(after.length).toBeGreaterThan(before.length);
    expect(after.slice(0, before.length)).toEqual(before);
  });
});
