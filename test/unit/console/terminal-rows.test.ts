import { terminalRows } from "../../../cli/output/terminal-rows.ts";

describe("rows of a text on a terminal", () => {
  it("counts each row of a wrapped line, and one row for an empty line", () => {
    expect(terminalRows("a".repeat(80), 80)).toBe(1);
    expect(terminalRows(`${"a".repeat(81)}\n\nb`, 80)).toBe(4);
    expect(terminalRows("a".repeat(161), 160)).toBe(2);
  });

  it("ignores colours, and counts East Asian wide characters as two columns", () => {
    expect(terminalRows(`\u001b[31m${"a".repeat(80)}\u001b[39m`, 80)).toBe(1);
    expect(terminalRows("東".repeat(41), 80)).toBe(2);
  });
});
