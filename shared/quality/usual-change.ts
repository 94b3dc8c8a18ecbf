import { referenceDays } from "./reference-days.ts";
import { median, robustSpread } from "./robust.ts";

/** The value on a published day. */
export interface DayValue {
  /** `YYYY-MM-DD` */
  date: string;
  value: number;
  /** True when the checks found it unusual on that day. */
  wasUnusual: boolean;
}

/** The comparison of a value with its history. */
export interface Comparison {
  /** The expected value: the reference value plus the usual change since. */
  expected: number;
  /** The value minus the expected one. */
  deviation: number;
  /** The deviation in robust standard deviations, which are not smaller than the floor allows. */
  z: number;
  isUnusual: boolean;
  /** The reference day. */
  before: DayValue;
  /** Range on the newest days with the same weekday, or on the newest days when there are too few of these. */
  usual: { low: number; high: number; days: number; weekday: string | undefined };
}

/** Limits from which a deviation is unusual. */
export interface ChangeLimits {
  /** Robust z-score above which a change is unusual. */
  z: number;
  /** Smallest downward and upward deviation that can be unusual, in the value's unit. */
  floor: { down: number; up: number };
  /** Number of changes from which a trend is estimated; with fewer, the last value is expected again. */
  trendChanges: number;
  /** Rows that the value 1 represents, used to ignore changes of few rows that are due to chance. */
  rowsPerUnit: number;
}

const DAY_MS = 86_400_000;
/** Number of changes on a weekday from which the weekday has its own usual change. */
const WEEKDAY_CHANGES = 3;
/** A change that occurred this often before is usual, whatever its size. */
const SEEN_BEFORE = 2;
/** Share of the smallest changes that are treated as chance. */
const ORDINARY_SHARE = 0.9;
/** Changes of at least this share of a deviation are as large as the deviation. */
const ALIKE = 0.9;
/** Number of days for the usual range in a message. */
const SHOWN_DAYS = 20;
const WEEKDAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

interface Change {
  /** Weekday of the later day; undefined when the days are not consecutive. */
  weekday: number | undefined;
  perDay: number;
  /** True for a change to or from an unusual day. */
  wasUnusual: boolean;
}

function dayNumber(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

/** 0 for Sunday. */
function weekdayOf(day: number): number {
  // 1 January 1970 was a Thursday
  return (((day + 4) % 7) + 7) % 7;
}

/** Changes from day to day. */
function changesOf(history: readonly DayValue[]): Change[] {
  return history.slice(1).flatMap((later, index) => {
    const earlier = history[index];
    if (earlier === undefined) return [];
    const days = dayNumber(later.date) - dayNumber(earlier.date);
    const weekday = days === 1 ? weekdayOf(dayNumber(later.date)) : undefined;
    const wasUnusual = later.wasUnusual || earlier.wasUnusual;
    return [{ weekday, perDay: (later.value - earlier.value) / days, wasUnusual }];
  });
}

/** The usual change of one day: that of its weekday when known, else that of all days. */
function usualOf(
  changes: readonly Change[],
  weekday: number | undefined,
  { trendChanges, rowsPerUnit }: Pick<ChangeLimits, "trendChanges" | "rowsPerUnit">,
): { change: number; spread: number } {
  if (changes.length < trendChanges) return { change: 0, spread: 0 };
  const ofWeekday = changes.filter((change) => weekday !== undefined && change.weekday === weekday);
  const chosen = (ofWeekday.length >= WEEKDAY_CHANGES ? ofWeekday : changes).map(({ perDay }) => perDay);
  const change = chosen.length === 0 ? 0 : median(chosen);
  return { change, spread: Math.max(robustSpread(chosen), chanceSpread(changes, rowsPerUnit)) };
}

/** The spread of random changes of rows, which is the square root of their number; few days may not show it yet. */
function chanceSpread(changes: readonly Change[], rowsPerUnit: number): number {
  const middle = median(changes.map(({ perDay }) => perDay));
  const rows = changes.map(({ perDay }) => Math.abs(perDay - middle) * rowsPerUnit).sort((a, b) => a - b);
  // the largest changes are not chance: a day of many changes, or the return from an unusual time
  const ordinary = rows.slice(0, Math.floor(rows.length * ORDINARY_SHARE));
  return Math.sqrt(ordinary.reduce((sum, each) => sum + each, 0) / Math.max(1, ordinary.length)) / rowsPerUnit;
}

/**
 * Compares a value with its history: the reference value plus the usual change of each day since, so that growth, a
 * weekly rhythm and days without a dump are not findings. A value is unusual when its deviation from each reference day
 * (`referenceDays`) exceeds z robust standard deviations and the floor, and no such change occurred before.
 *
 * @param history published days before `date`, oldest first, one per day
 * @returns undefined without history
 */
export function compareWithHistory(
  history: readonly DayValue[],
  { date, value }: { date: string; value: number },
  limits: ChangeLimits,
): Comparison | undefined {
  const changes = changesOf(history);
  const usual = changes.filter(({ wasUnusual }) => !wasUnusual);
  const references = referenceDays(history, ({ wasUnusual }) => wasUnusual);
  const comparisons = references.map((before) => compare(before, { date, value }, usual, limits));
  const [first] = comparisons;
  if (first === undefined) return undefined;
  const best = comparisons.reduce((a, b) => (Math.abs(b.deviation) < Math.abs(a.deviation) ? b : a));
  return {
    ...best,
    isUnusual:
      comparisons.every(({ isUnusual }) => isUnusual) && !occurredBefore(changes, usual, first.deviation, limits),
    usual: usualRange(history, date),
  };
}

function compare(
  before: DayValue,
  { date, value }: { date: string; value: number },
  changes: readonly Change[],
  limits: ChangeLimits,
): Omit<Comparison, "usual"> {
  let expected = before.value;
  let variance = 0;
  for (let day = dayNumber(before.date) + 1; day <= dayNumber(date); day += 1) {
    const usual = usualOf(changes, weekdayOf(day), limits);
    expected += usual.change;
    variance += usual.spread ** 2;
  }
  const deviation = value - expected;
  const floor = deviation < 0 ? limits.floor.down : limits.floor.up;
  const z = deviation / Math.max(Math.sqrt(variance), floor / limits.z);
  return { before, expected, deviation, z, isUnusual: Math.abs(z) > limits.z };
}

/** True when such changes occurred before: an occasional purge, or a batch at the end of the month. */
function occurredBefore(
  changes: readonly Change[],
  usual: readonly Change[],
  deviation: number,
  limits: ChangeLimits,
): boolean {
  const alike = changes.filter(({ weekday, perDay }) => {
    const excess = perDay - usualOf(usual, weekday, limits).change;
    return deviation < 0 ? excess <= deviation * ALIKE : excess >= deviation * ALIKE;
  });
  return alike.length >= SEEN_BEFORE;
}

function usualRange(history: readonly DayValue[], date: string): Comparison["usual"] {
  const weekday = weekdayOf(dayNumber(date));
  const usual = history.filter(({ wasUnusual }) => !wasUnusual);
  const ofWeekday = usual.filter((day) => weekdayOf(dayNumber(day.date)) === weekday);
  const isWeekly = ofWeekday.length >= WEEKDAY_CHANGES;
  const shown = (isWeekly ? ofWeekday : usual.length > 0 ? usual : history).slice(-SHOWN_DAYS);
  const values = shown.map(({ value }) => value);
  return {
    low: Math.min(...values),
    high: Math.max(...values),
    days: shown.length,
    weekday: isWeekly ? WEEKDAYS[weekday] : undefined,
  };
}
