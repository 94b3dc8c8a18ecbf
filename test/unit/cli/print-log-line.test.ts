import { stripVTControlCharacters } from "node:util";
import { isMetric, parseLogLine, renderLogLine } from "../../../cli/output/print-log-line.ts";

const AT = new Date("2026-02-06T22:04:05.678Z");
const line = (message: string | object) => ({
  at: AT,
  message: typeof message === "string" ? message : JSON.stringify(message),
});
const ENTRY = {
  ...{ level: "WARN", message: "the layer will be retried", timestamp: "2026-02-06T22:04:04.000Z", service: "baton" },
  ...{
    layer: "silver",
    runId: "2026-02-07-1a2b3c4d",
    attempt: 2,
    cold_start: false,
    function_name: "baton-local-silver",
  },
};
const render = (message: string | object): string => stripVTControlCharacters(renderLogLine(line(message)));

describe("a line of a function's log", () => {
  it("has Tokyo's time, level, message and its own fields", () => {
    expect(render({ ...ENTRY, tables: ["a", "b"] })).toBe(
      '2026-02-07 07:04:04  WARN   the layer will be retried  attempt=2  tables=["a","b"]',
    );
  });

  it("ends with the error, and shows no invisible characters", () => {
    const error = { name: "PermanentError", message: "no column \u001b[2Kroom_no", stack: "at x" };

    expect(render({ ...ENTRY, error })).toBe(
      "2026-02-07 07:04:04  WARN   the layer will be retried  attempt=2  PermanentError: no column \\u001b[2Kroom_no",
    );
  });

  it("may be Lambda's own, or a metric", () => {
    expect(render("START RequestId: 1 Version: $LATEST")).toBe(
      "2026-02-07 07:04:05  LAMBDA START RequestId: 1 Version: $LATEST",
    );
    expect(parseLogLine(line("START RequestId: 1"))).toBeUndefined();
    expect(isMetric(line({ _aws: {}, layer: "silver" }))).toBe(true);
    expect(isMetric(line(ENTRY))).toBe(false);
  });
});
