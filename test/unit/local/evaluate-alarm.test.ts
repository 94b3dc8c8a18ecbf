import fc from "fast-check";
import { evaluateAlarm, type AlarmRule, type AlarmState } from "../../../local/metrics/evaluate-alarm.ts";
import { readEmf } from "../../../local/metrics/read-emf.ts";

const NOW = 1_000_000_000;
const MINUTE = 60_000;

function rule(more: Partial<AlarmRule> = {}): AlarmRule {
  const periods = more.evaluationPeriods ?? 1;
  return {
    ...{ periodMs: MINUTE, evaluationPeriods: periods, datapointsToAlarm: periods, threshold: 1 },
    treatMissingData: "ignore",
    ...more,
  };
}

/** Values of the latest periods, newest last; `-` for none. */
function stateOf(values: string, of: AlarmRule, current: AlarmState = "OK"): AlarmState {
  const all = values.split(" ");
  const points = all.flatMap((value, index) =>
    value === "-" ? [] : [{ value: Number(value), at: NOW - (all.length - 1 - index) * of.periodMs - 1 }],
  );
  return evaluateAlarm(of, points, NOW, current).state;
}

describe("evaluateAlarm", () => {
  it.each([
    ["0", "OK"],
    ["1", "ALARM"],
    ["1 0", "OK"],
    ["0 1", "ALARM"],
  ])("evaluates one period by its newest value: %s is %s", (values, state) => {
    expect(stateOf(values, rule())).toBe(state);
  });

  it("keeps its state without data if missing data is ignored", () => {
    expect(stateOf("-", rule(), "ALARM")).toBe("ALARM");
    expect(stateOf("-", rule(), "OK")).toBe("OK");
  });

  it("is in ALARM without data if missing data is breaching and no evaluated period has data", () => {
    const missing = rule({ treatMissingData: "breaching" });

    expect(stateOf("-", missing)).toBe("ALARM");
    expect(stateOf("0 - -", missing)).toBe("OK");
    expect(stateOf("0 - - -", missing)).toBe("ALARM");
  });

  it("is OK without data if missing data is not breaching", () => {
    expect(stateOf("-", rule({ treatMissingData: "notBreaching" }), "ALARM")).toBe("OK");
  });

  it("has insufficient data otherwise", () => {
    expect(stateOf("-", rule({ treatMissingData: "missing" }), "OK")).toBe("INSUFFICIENT_DATA");
  });

  it("needs the configured number of breaching periods", () => {
    const five = rule({ evaluationPeriods: 5 });

    expect(stateOf("1 1 1 1", five)).toBe("OK");
    expect(stateOf("1 1 1 1 1", five)).toBe("ALARM");
    expect(stateOf("1 1 1 0 1 1 1", five)).toBe("OK");
  });

  it("ignores values outside the evaluated time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.double(), age: fc.integer({ min: 3 * MINUTE, max: 1e9 }) })),
        (old) => {
          const points = old.map(({ value, age }) => ({ value, at: NOW - age }));
          return evaluateAlarm(rule(), points, NOW, "OK").state === "OK";
        },
      ),
    );
  });
});

describe("readEmf", () => {
  it("reads single and several values with their dimensions", () => {
    const line = JSON.stringify({
      _aws: {
        Timestamp: 5,
        CloudWatchMetrics: [
          {
            Namespace: "Baton",
            Dimensions: [["stage", "layer"]],
            Metrics: [{ Name: "A", Unit: "Count" }, { Name: "B" }],
          },
        ],
      },
      stage: "local",
      layer: "gold",
      A: [1, 2],
      B: 3,
    });
    const datum = { namespace: "Baton", dimensions: { stage: "local", layer: "gold" }, at: 5 };

    expect(readEmf(line)).toEqual([
      { ...datum, name: "A", unit: "Count", value: 1 },
      { ...datum, name: "A", unit: "Count", value: 2 },
      { ...datum, name: "B", unit: "None", value: 3 },
    ]);
  });

  it("ignores other lines", () => {
    expect(readEmf('{"level":"INFO","message":"the word \\"_aws\\" in a text"}')).toEqual([]);
    expect(readEmf("START RequestId: 1")).toEqual([]);
    expect(readEmf('{"_aws":')).toEqual([]);
  });
});
