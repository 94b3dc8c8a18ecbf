import { whyReadLedger, type Signals } from "../../../functions/pulse/why-read-ledger.ts";
import type { LedgerSummary } from "../../../shared/ledger/ledger-summary.ts";

/** 08:30 in Tokyo. */
const NOW = new Date("2026-02-06T23:30:00.000Z");
const before = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

const summary: LedgerSummary = {
  ...{ measuredAt: before(10), code: "c0de", isActive: false, completedDate: "2026-02-07", dumpTimes: {} },
  ...{ expectedSince: new Date("2026-01-01T00:00:00Z"), dlqDepths: { gold: 0, notify: 2 } },
};
const signals: Signals = {
  ...{ now: NOW, code: "c0de", deadline: "08:00", dlqDepths: { gold: 0, notify: 2 }, hasLayerMessages: false },
  pageWrittenAt: before(60),
};

describe("pulse reads the ledger", () => {
  it("not at all while nothing has changed, whatever is broken, so that the warehouse can pause", () => {
    expect(whyReadLedger(summary, signals)).toBeUndefined();
    expect(whyReadLedger(summary, { ...signals, pageWrittenAt: undefined })).toBeUndefined();
    expect(whyReadLedger(summary, { ...signals, deadline: "" })).toBeUndefined();
    // until the next deadline
    const nextMorning = new Date("2026-02-07T22:59:00.000Z");
    expect(whyReadLedger(summary, { ...signals, now: nextMorning })).toBeUndefined();
  });

  it.each<[reason: string, summary: Partial<LedgerSummary>, signals: Partial<Signals>]>([
    ["the code is new", {}, { code: "c0de2" }],
    ["a run is active", { isActive: true }, {}],
    ["a layer has a message", {}, { hasLayerMessages: true }],
    ["a DLQ changed", {}, { dlqDepths: { gold: 1, notify: 2 } }],
    ["a DLQ changed", {}, { dlqDepths: { gold: 0, notify: 2, platinum: 0 } }],
    ["a run has ended", {}, { pageWrittenAt: before(9) }],
    // the time of an object has no fraction of a second
    ["a run has ended", { measuredAt: new Date(before(10).getTime() + 700) }, { pageWrittenAt: before(10) }],
    ["a run is due", { completedDate: "2026-02-06" }, {}],
    ["a run is due", { completedDate: null }, {}],
    ["a day has passed", { measuredAt: before(31) }, {}],
    ["a day has passed", { measuredAt: before(31) }, { deadline: "" }],
  ])("when %s", (reason, of, seen) => {
    expect(whyReadLedger({ ...summary, ...of }, { ...signals, ...seen })).toBe(reason);
  });

  it("without a summary, as before the first run", () => {
    expect(whyReadLedger(undefined, signals)).toBe("there is no summary");
  });
});
