import { businessDateSchema, type BusinessDate } from "../../../events/ids.ts";
import { planBackfill } from "../../../cli/run/backfill-plan.ts";

const day = (n: number): BusinessDate => businessDateSchema.parse(`2026-02-${String(n).padStart(2, "0")}`);
const days = (...numbers: number[]): BusinessDate[] => numbers.map(day);
const strict = { force: false, allowGaps: false };

describe("planBackfill", () => {
  it("requests the dates without a run, in order", () => {
    const state = { live: day(11), done: new Set(days(10, 11, 13)) };

    expect(planBackfill(days(10, 11, 12, 13), state, strict)).toEqual(days(12));
  });

  it.each([
    ["a day without a dump", days(10, 12), { live: undefined, done: new Set<BusinessDate>() }, strict, "BACKFILL_GAP"],
    [
      "a requested first date without a dump",
      days(11, 12),
      { live: day(12), done: new Set(days(11, 12)) },
      { force: true, allowGaps: false, from: day(10) },
      "BACKFILL_GAP",
    ],
    [
      "a date before the published one",
      days(10, 11),
      { live: day(11), done: new Set(days(11)) },
      strict,
      "BACKFILL_OVERLAP",
    ],
    [
      "the published date with another dump",
      days(11),
      { live: day(11), done: new Set<BusinessDate>() },
      strict,
      "BACKFILL_OVERLAP",
    ],
    [
      "a repetition that ends before the published date",
      days(10, 11),
      { live: day(12), done: new Set(days(10, 11)) },
      { force: true, allowGaps: false },
      "BACKFILL_OVERLAP",
    ],
  ])("refuses %s", (_, dates, state, options, code) => {
    expect(() => planBackfill(dates, state, options)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it("accepts gaps and repeats published dates if allowed", () => {
    const none = { live: undefined, done: new Set<BusinessDate>() };
    expect(planBackfill(days(10, 12), none, { force: false, allowGaps: true })).toEqual(days(10, 12));

    const published = { live: day(11), done: new Set(days(10, 11)) };
    expect(planBackfill(days(10, 11), published, { force: true, allowGaps: false })).toEqual(days(10, 11));
  });
});
