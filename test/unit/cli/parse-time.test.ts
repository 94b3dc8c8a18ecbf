import { parseTime } from "../../../cli/parse-time.ts";

describe("a time on the command line", () => {
  it.each([
    ["2026-02-07 07:05:12", "2026-02-06T22:05:12.999Z"],
    ["2026-02-07T07:05", "2026-02-06T22:05:00.999Z"],
    ["2026-02-07", "2026-02-06T15:00:00.999Z"],
    ["2026-02-06T22:05:12Z", "2026-02-06T22:05:12.999Z"],
    ["2026-02-06T22:05:12.5+00:00", "2026-02-06T22:05:12.500Z"],
  ])("is Tokyo's unless it has a zone: %s", (text, expected) => {
    expect(parseTime(text).toISOString()).toBe(expected);
  });

  it.each(["yesterday", "2026-02-30x", "07:05", ""])("is refused: %s", (text) => {
    expect(() => parseTime(text)).toThrow("is no time");
  });
});
