import fc from "fast-check";
import { compareWithHistory, type DayValue } from "../../../shared/quality/usual-change.ts";

const limits = { z: 6, floor: { down: 10, up: 10 }, trendChanges: 7, rowsPerUnit: 1 };

/** Days from 2026-01-05, a Monday. */
function day(index: number): string {
  return new Date(Date.UTC(2026, 0, 5 + index)).toISOString().slice(0, 10);
}
function history(values: readonly (number | undefined)[], unusual: readonly number[] = []): DayValue[] {
  return values.flatMap((value, index) =>
    value === undefined ? [] : [{ date: day(index), value, wasUnusual: unusual.includes(index) }],
  );
}
function isUnusual(past: readonly DayValue[], index: number, value: number): boolean | undefined {
  return compareWithHistory(past, { date: day(index), value }, limits)?.isUnusual;
}

describe("a value compared with its own history", () => {
  it("is not compared on the first day", () => {
    expect(isUnusual([], 0, 5)).toBeUndefined();
  });

  it("is usual within the floor if nothing ever changes", () => {
    const still = history(Array.from({ length: 20 }, () => 500));

    expect(isUnusual(still, 20, 490)).toBe(false);
    expect(isUnusual(still, 20, 489)).toBe(true);
    expect(isUnusual(still, 20, 511)).toBe(true);
  });

  it("grows with the table", () => {
    const growing = history(Array.from({ length: 20 }, (_, index) => 1_000 + 100 * index));

    expect(isUnusual(growing, 20, 3_000)).toBe(false);
    expect(isUnusual(growing, 20, 2_900)).toBe(true);
  });

  it("also grows on days without a dump", () => {
    const growing = history(Array.from({ length: 20 }, (_, index) => 1_000 + 100 * index));

    expect(isUnusual(growing, 23, 3_300)).toBe(false);
    expect(isUnusual(growing, 23, 3_000)).toBe(true);
  });

  it("follows the weekday: a purge on Mondays is usual on Mondays only", () => {
    // up by 10 from Tuesday to Sunday, down by 60 on Mondays
    const weekly = history(Array.from({ length: 28 }, (_, index) => 500 + 10 * (index % 7)));

    expect(isUnusual(weekly, 28, 500)).toBe(false);
    expect(isUnusual(weekly, 28, 570)).toBe(true);
    expect(compareWithHistory(weekly, { date: day(28), value: 500 }, limits)?.usual).toEqual({
      ...{ low: 500, high: 500, days: 4, weekday: "Mondays" },
    });
    const untilTuesday = history(Array.from({ length: 29 }, (_, index) => 500 + 10 * (index % 7)));
    expect(isUnusual(untilTuesday, 29, 440)).toBe(true);
  });

  it("is usual when the same change happened twice before, on any day", () => {
    const purged = history(Array.from({ length: 40 }, (_, index) => (index < 9 ? 900 : index < 23 ? 700 : 500)));

    expect(isUnusual(purged, 40, 300)).toBe(false);
    expect(isUnusual(purged, 40, 250)).toBe(true);
  });

  it("may return to the level before an unusual day, or stay at the new level", () => {
    const once = history([...Array.from({ length: 20 }, () => 500), 300], [20]);

    expect(isUnusual(once, 21, 500)).toBe(false);
    expect(isUnusual(once, 21, 300)).toBe(false);
    expect(isUnusual(once, 21, 400)).toBe(true);
  });

  it("may return to the previous level after any number of days", () => {
    const still = Array.from({ length: 20 }, () => 500);
    const longer = history([...still, 300, 300, 300, 300], [20]);

    expect(isUnusual(longer, 24, 500)).toBe(false);
    expect(isUnusual(longer, 24, 300)).toBe(false);
    expect(isUnusual(longer, 24, 200)).toBe(true);
  });

  it("derives no trend from a few days: two random jumps are not a trend", () => {
    const young = history([100, 108, 116, 124]);

    expect(isUnusual(young, 7, 126)).toBe(false);
    expect(isUnusual(young, 7, 148)).toBe(true);
  });

  it("accepts rows that change at random, even if most days have no change", () => {
    const quiet = history(Array.from({ length: 28 }, (_, index) => 500 + 4 * Math.floor((index + 1) / 4)));
    const perUnit = { ...limits, floor: { down: 1, up: 1 } };

    const compared = compareWithHistory(quiet, { date: day(28), value: (quiet.at(-1)?.value ?? 0) + 4 }, perUnit);

    expect(compared?.isUnusual).toBe(false);
  });

  it("still finds anomalies after an unusual day in its history", () => {
    const spiked = history([...Array.from({ length: 20 }, () => 500), 5_000, 500, 500], [20]);

    expect(isUnusual(spiked, 23, 350)).toBe(true);
  });

  it("is usual if a table continues its trend, and unusual far from it, for any growth rate", () => {
    const rate = fc.integer({ min: -50, max: 5_000 });
    const start = fc.integer({ min: 10_000, max: 1_000_000 });
    const gaps = fc.uniqueArray(fc.integer({ min: 1, max: 38 }), { maxLength: 10 });
    fc.assert(
      fc.property(start, rate, gaps, (from, perDay, missing) => {
        const past = history(
          Array.from({ length: 40 }, (_, index) => (missing.includes(index) ? undefined : from + perDay * index)),
        );
        const next = from + perDay * 40;

        expect(isUnusual(past, 40, next)).toBe(false);
        expect(isUnusual(past, 40, Math.round(next * 0.7))).toBe(true);
      }),
    );
  });
});
