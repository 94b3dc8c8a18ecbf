import { diffColumns } from "../../../shared/quality/diff-columns.ts";
import type { ColumnProfile } from "../../../shared/quality/table-profile.ts";

function column(name: string, type: string, isNullable = true): ColumnProfile {
  return { name, type, isNullable, blanks: 0 };
}
const before = [column("id", "int", false), column("room_number", "varchar(64)"), column("rent", "decimal(10,0)")];

describe("differences between columns", () => {
  it("are none when only the order differs", () => {
    expect(diffColumns(before, before.toReversed())).toEqual([]);
  });

  it("name removed columns, with the column that may be the new name", () => {
    const after = [column("id", "int", false), column("room_no", "varchar(64)"), column("rent", "decimal(10,0)")];

    expect(diffColumns(before, after)).toEqual([
      {
        column: "room_number",
        isBreaking: true,
        text: "room_number (varchar(64)) removed, perhaps renamed to room_no",
      },
      { column: "room_no", isBreaking: false, text: "room_no (varchar(64)) added" },
    ]);
  });

  it.each([
    ["decimal(10,0)", "varchar(20)", true],
    ["decimal(10,0)", "decimal(12,2)", false],
    ["int", "bigint unsigned", false],
    ["int", "decimal(10,0)", true],
    ["varchar(64)", "text", false],
    ["timestamp", "datetime", false],
    ["date", "datetime", true],
    ["enum('a','b')", "varchar(8)", false],
    ["point", "json", true],
  ])("report %s -> %s as breaking: %p", (was, is, isBreaking) => {
    const [difference] = diffColumns([column("c", was)], [column("c", is)]);

    expect(difference).toEqual({ column: "c", isBreaking, text: `c: ${was} -> ${is}` });
  });

  it("report that a column may now be NULL", () => {
    expect(diffColumns(before, before.with(0, column("id", "int")))).toEqual([
      { column: "id", isBreaking: false, text: "id: int not null -> int" },
    ]);
  });
});
