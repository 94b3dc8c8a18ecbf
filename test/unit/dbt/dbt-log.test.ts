import { parseDbtLogLine } from "../../../shared/dbt/dbt-log.ts";

function line(name: string, data: object): string {
  return JSON.stringify({ info: { name, level: "info", msg: "text for people" }, data });
}
const node = { unique_id: "test.baton.t", node_name: "t", resource_type: "test", node_status: "warn" };

describe("dbt's log", () => {
  it("reports the start and the result of a node", () => {
    // the file is removed with the folder of the attempt
    const message = "Got 3 results\n\n  near 'x'\n  compiled code at /tmp/attempt-1/target/run/t.sql";
    const result = { status: "warn", message, execution_time: 0.134 };

    expect(parseDbtLogLine(line("NodeStart", { node_info: { ...node, node_status: "started" } }))?.node).toMatchObject({
      name: "t",
      state: "started",
    });
    expect(parseDbtLogLine(line("NodeFinished", { node_info: node, run_result: result }))?.node).toMatchObject({
      state: "finished",
      status: "warn",
      message: "Got 3 results\n  near 'x'",
      durationMs: 134,
    });
  });

  it("ignores lines that are not about a node", () => {
    expect(parseDbtLogLine(line("RunResultWarning", { node_info: node }))?.node).toBeUndefined();
    expect(parseDbtLogLine("Traceback (most recent call last):")).toBeUndefined();
    expect(parseDbtLogLine("{}")).toBeUndefined();
  });
});
