import { costOfRun, totalUsd, type LayerSize } from "../../../shared/console/data/cost-of-run.ts";
import { prices } from "../../../shared/console/data/prices.ts";
import type { CostLine, ReportedAttempt } from "../../../shared/console/data/report.ts";
import { formatUsd } from "../../../shared/console/sections/cost.ts";

const LAYERS: LayerSize[] = [
  { name: "staging", memoryMb: 2048, storageMb: 4608 },
  { name: "silver", memoryMb: 1024, storageMb: 512 },
];
const START = Date.parse("2026-02-06T22:00:00Z");
const NOW = new Date(START + 600_000);

function attempt(layer: string, seconds: number | null): ReportedAttempt {
  const finishedAt = seconds === null ? null : new Date(START + seconds * 1_000).toISOString();
  const startedAt = new Date(START).toISOString();
  return { layer, attempt: 1, state: "completed", startedAt, finishedAt, pattern: null, error: null };
}

function usdOf(lines: readonly CostLine[], what: string): number | undefined {
  return lines.find((line) => line.what.startsWith(what))?.usd;
}

describe("the cost of a run", () => {
  it("bills each attempt by its layer's memory and by the storage above 512 MB", () => {
    const attempts = [attempt("staging", 100), attempt("silver", 30), attempt("silver", 70)];

    const { baton } = costOfRun({ layers: LAYERS, attempts, events: 10, now: NOW });

    // 2 GB for 100 s, 1 GB for 100 s; 4 GB of storage for 100 s
    expect(usdOf(baton, "Lambda compute")).toBeCloseTo(300 * 0.0000166667, 10);
    expect(usdOf(baton, "Lambda storage")).toBeCloseTo(400 * 0.000000037, 12);
    expect(usdOf(baton, "Lambda requests")).toBeCloseTo(3 * 0.0000002, 12);
    expect(usdOf(baton, "EventBridge")).toBeCloseTo(10 * 0.000001, 12);
    // 200 s of work are 5 heartbeats
    expect(usdOf(baton, "SQS")).toBeCloseTo((10 * 4 + 5) * 0.0000004, 12);
  });

  it("bills one Glue job per attempt, at least one minute each, and every retry of Step Functions", () => {
    const attempts = [attempt("staging", 90), attempt("silver", 10), attempt("silver", 120)];

    const { predecessor } = costOfRun({ layers: LAYERS, attempts, events: 0, now: NOW });

    // two DPUs for 90 + 60 + 120 s
    expect(usdOf(predecessor, "Glue")).toBeCloseTo(((2 * 270) / 3_600) * 0.44, 10);
    // 3 per run, 2 per job, 1 retry
    expect(usdOf(predecessor, "Step Functions")).toBeCloseTo(8 * 0.000025, 10);
    expect(totalUsd(predecessor)).toBeCloseTo(0.066 + 0.0002, 10);
  });

  it("bills a running attempt until now, and nothing for an unknown layer", () => {
    const { baton } = costOfRun({
      layers: LAYERS,
      attempts: [attempt("silver", null), attempt("bronze", 50)],
      events: 0,
      now: NOW,
    });

    expect(usdOf(baton, "Lambda compute")).toBeCloseTo(600 * 0.0000166667, 10);
  });

  it("has a source and a date for each price", () => {
    for (const { source, asOf, usd } of Object.values(prices)) {
      expect(source).toMatch(/^https:\/\/(aws\.amazon\.com|pricing\.us-east-1\.amazonaws\.com)\/.+/);
      expect(Date.parse(asOf)).toBeGreaterThan(Date.parse("2026-01-01"));
      expect(usd).toBeGreaterThan(0);
    }
  });

  it("shows amounts below ten cents with four decimals", () => {
    expect([0.010773, 0.0999, 0.1, 2.4].map(formatUsd)).toEqual(["$0.0108", "$0.0999", "$0.10", "$2.40"]);
  });
});
