import { signalOf } from "../../../functions/notify/read-signal.ts";
import { DbtNodesFailedError } from "../../../shared/dbt/judge-build.ts";
import { QualityError } from "../../../shared/errors/quality-error.ts";
import { formatMany } from "../../../shared/text/format.ts";
import { exampleEvent } from "../../support/ledger/event-builders.ts";

const failure = { name: "stg_rooms", message: "Unknown column" };
const test = { name: "unique_id", model: "stg_rooms", severity: "error" as const };

describe("counts in texts", () => {
  it("have a singular noun for one", () => {
    expect([0, 1, 2, 1_234].map((count) => formatMany(count, "row"))).toEqual([
      "0 rows",
      "1 row",
      "2 rows",
      "1,234 rows",
    ]);
  });

  it("are correct in the error of a layer", () => {
    expect(new DbtNodesFailedError("silver", [failure]).message).toBe(
      "1 node of silver failed. stg_rooms: Unknown column",
    );
    expect(new DbtNodesFailedError("silver", [failure, failure]).message).toMatch(/^2 nodes of silver failed\. /);
    expect(new QualityError("gold", [{ ...test, failures: 1 }]).message).toBe(
      "1 test of gold failed: unique_id (1 row)",
    );
    expect(
      new QualityError("gold", [
        { ...test, failures: 2_000 },
        { ...test, failures: 0 },
      ]).message,
    ).toBe("2 tests of gold failed: unique_id (2,000 rows); unique_id (0 rows)");
  });

  it("are correct in the alert about failed tests", () => {
    const tests = [{ ...test, failures: 1 }];
    const signal = (count: number) =>
      signalOf(exampleEvent("QualityTestFailed", { tests: Array.from({ length: count }, () => tests).flat() }));

    expect(signal(1)).toMatchObject({ failure: { message: "1 data test of error severity failed" } });
    expect(signal(3)).toMatchObject({ failure: { message: "3 data tests of error severity failed" } });
  });
});
