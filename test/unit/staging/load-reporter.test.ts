import { setTimeout as wait } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { LoadReporter } from "../../../functions/staging/load-reporter.ts";
import type { LoadProgress } from "../../../shared/loader/load-dump.ts";
import type { Step } from "../../../shared/ledger/records/steps.ts";

const logger = new Logger({ logLevel: "SILENT" });
const half: LoadProgress = { phase: "load", bytes: 5e6, totalBytes: 1e7, tables: 3, totalTables: 8, rows: 1_200 };

/** A slow ledger that stores the last state of each step. */
function slowLedger(): {
  steps: Map<string, Step>;
  writes: number;
  recordSteps: (steps: readonly Step[]) => Promise<void>;
} {
  const ledger = {
    steps: new Map<string, Step>(),
    writes: 0,
    async recordSteps(steps: readonly Step[]) {
      ledger.writes += 1;
      await wait(5);
      for (const step of steps) ledger.steps.set(step.name, step);
    },
  };
  return ledger;
}

describe("the progress report of a load", () => {
  it("writes bytes, rows, tables and rate to the ledger while the load runs", async () => {
    const ledger = slowLedger();
    const reporter = new LoadReporter({ recordSteps: ledger.recordSteps, logger });

    reporter.progress({ ...half, bytes: 0 });
    await wait(1_050);
    reporter.progress(half);
    await wait(30);

    expect(ledger.steps.get("load")).toMatchObject({ state: "running", rows: 1_200, bytes: 5e6 });
    expect(ledger.steps.get("load")?.message).toMatch(
      /^loading 50 %, 5\.0 MB of 10\.0 MB, 3 of 8 tables, 1,200 rows, \d\.\d MB\/s$/,
    );
  });

  it("writes the last state of each table, also to a slow ledger", async () => {
    const ledger = slowLedger();
    const reporter = new LoadReporter({ recordSteps: ledger.recordSteps, logger });
    const record = { contentHash: "h", rows: 7, bytes: 70, signature: "s" };

    for (const table of ["a", "b", "c"]) {
      reporter.table({ state: "loading", table });
      reporter.table({ state: "loaded", table, record, durationMs: 1 });
    }
    reporter.table({ state: "loading", table: "d" });
    reporter.table({ state: "loading", table: "e" });
    reporter.table({ state: "rejected", table: "e", error: new Error("no") });
    await reporter.end("failed");

    const states = Object.fromEntries([...ledger.steps].map(([name, { state }]) => [name, state]));
    expect(states).toEqual({
      a: "completed",
      b: "completed",
      c: "completed",
      d: "skipped",
      e: "failed",
      load: "failed",
    });
    expect(ledger.writes).toBeLessThan(5);
  });

  it("does not fail the load when the ledger fails", async () => {
    const reporter = new LoadReporter({ recordSteps: () => Promise.reject(new Error("gone")), logger });

    reporter.table({ state: "loading", table: "a" });

    await expect(reporter.end("completed")).resolves.toBeUndefined();
  });
});
