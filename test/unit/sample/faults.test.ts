import { plantFaults } from "../../../local/sample/faults.ts";
import { generateSample } from "../../../local/sample/sample.ts";
import type { TableContent } from "../../../local/sample/table-content.ts";

const sample = generateSample({ sizeBytes: 1_000_000, seed: 7, date: "2026-02-07" });

function content(contents: readonly TableContent[], name: string): TableContent {
  const found = contents.find(({ table }) => table.name === name);
  if (found === undefined) throw new Error(`no table ${name}`);
  return found;
}

const original = content(sample.contents, "tenants");

describe("a planted fault", () => {
  it("drops a column with its cells and keys", () => {
    const { table, rows } = content(
      plantFaults(sample.contents, [{ kind: "dropColumn", table: "tenants", column: "status" }]),
      "tenants",
    );

    expect(table.columns).toHaveLength(113);
    expect([...rows()].every((row) => row.length === 113)).toBe(true);
    expect(table.keys.flatMap(({ columns }) => columns)).not.toContain("status");
  });

  it("renames a column", () => {
    const faults = [{ kind: "renameColumn", table: "rooms", column: "room_number", to: "room_no" }] as const;

    expect(content(plantFaults(sample.contents, faults), "rooms").table.columns[2]?.name).toBe("room_no");
  });

  it("drops and renames tables", () => {
    const planted = plantFaults(sample.contents, [
      { kind: "dropTable", table: "movings" },
      { kind: "renameTable", table: "tenants", to: "people" },
    ]);

    expect(planted).toHaveLength(sample.contents.length - 1);
    expect(content(planted, "people").table.columns).toBe(original.table.columns);
  });

  it("empties, shortens and repeats rows", () => {
    const count = (kind: "emptyTable" | "repeatFirstRow"): number =>
      [...content(plantFaults(sample.contents, [{ kind, table: "tenants" }]), "tenants").rows()].length;
    const kept = content(plantFaults(sample.contents, [{ kind: "keepRows", table: "tenants", rows: 3 }]), "tenants");

    expect(count("emptyTable")).toBe(0);
    expect(count("repeatFirstRow")).toBe([...original.rows()].length + 1);
    expect([...kept.rows()]).toHaveLength(3);
  });

  it("sets cells of every n-th row", () => {
    const faults = [{ kind: "setCells", table: "movings", column: "rent", value: -1, everyNth: 2 }] as const;
    const { table, rows } = content(plantFaults(sample.contents, faults), "movings");
    const index = table.columns.findIndex(({ name }) => name === "rent");

    expect([...rows()].filter((_, position) => position % 2 === 0).every((row) => row[index] === -1)).toBe(true);
  });

  it("sets a share of the cells to other values, the same cells every time", () => {
    const faults = [{ kind: "mixCells", table: "movings", column: "rent", values: [-7], share: 0.5, seed: 1 }] as const;
    const mixed = (): number => {
      const { table, rows } = content(plantFaults(sample.contents, faults), "movings");
      const index = table.columns.findIndex(({ name }) => name === "rent");
      return [...rows()].filter((row) => row[index] === -7).length;
    };

    expect(mixed() / [...content(sample.contents, "movings").rows()].length).toBeCloseTo(0.5, 0);
    expect(mixed()).toBe(mixed());
  });

  it("refuses names that the sample doesn't have", () => {
    expect(() => plantFaults(sample.contents, [{ kind: "emptyTable", table: "nothing" }])).toThrow(
      "has no table nothing",
    );
    expect(() => plantFaults(sample.contents, [{ kind: "dropColumn", table: "rooms", column: "room_no" }])).toThrow(
      "has no column room_no",
    );
  });
});
