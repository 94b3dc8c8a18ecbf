import { differences } from "../../oracle/compare-table.ts";

const row = { contract_id: 1, tenant_type: "individual", monthly_rent: 50_000, run_id: "a" };

describe("differences", () => {
  it("are none between equal rows, in any order and of any run", () => {
    const other = { ...row, contract_id: 2 };

    expect(differences("moveouts", [row, other], [{ ...other, run_id: "b" }, row])).toEqual([]);
  });

  it("name rows that are missing, extra or duplicated", () => {
    const lines = differences("moveouts", [row, row], [{ ...row, contract_id: 2 }]).join("\n");

    expect(lines).toContain("moveouts: 2 rows, expected 1");
    expect(lines).toContain("1 rows repeat a key");
    expect(lines).toMatch(/rows missing \(1\):\n\s+contract_id=2/);
    expect(lines).toMatch(/rows too many \(1\):\n\s+contract_id=1/);
  });

  it("name cells by column with actual and expected value", () => {
    const lines = differences("moveouts", [{ ...row, monthly_rent: null }], [row]).join("\n");

    expect(lines).toMatch(/monthly_rent differs \(1\):\n\s+contract_id=1: null, expected 50000/);
  });

  it("name columns that are missing or extra", () => {
    const { tenant_type: _left, ...less } = row;

    const lines = differences("moveouts", [{ ...less, extra: 1 }], [row]).join("\n");

    expect(lines).toMatch(/columns missing \(1\):\n\s+tenant_type/);
    expect(lines).toMatch(/columns too many \(1\):\n\s+extra/);
  });
});
