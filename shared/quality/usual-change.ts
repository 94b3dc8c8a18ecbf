import { referenceDays } from "./reference-days.ts";
import { median, robustSpread } from "./robust.ts";

/** A value of a published day. */
export interface DayValue {
  /** `YYYY-MM-DD` */
  date: string;
  value: number;
  /** True when it was found unusual on its day. */
  wasUnusual: boolean;
}

/** What a value is compared with. */
export interface Comparison {
  /** What was to be expected: the value before, and the usual change since. */
  expected: number;
  /** Minus what was expected. */
  deviation: number;
  /** Deviation in robust standard deviations, of at least what the floor allows. */
  z: number;
  isUnusual: boolean;
  /** The day that it was compared with. */
  before: DayValue;
  /** Values of the newest days with the same weekday, where there are enough, else of the newest days. */
  usual: { low: number; high: number; days: number; weekday: string | undefined };
}

/** When a deviation counts. */
export interface ChangeLimits {
  /** Robust z-score above which a change is unusual. */
  z: number;
  /** Least deviation downwards and upwards that can be unusual, in the value's unit. */
  floor: { down: number; up: number };
  /** Changes from which a trend is made out; before, the last value is expected again. */
  trendChanges: number;
  /** Rows that the value 1 stands for: what few rows do by chance is no news. */
  rowsPerUnit: number;
}

const DAY_MS = 86_400_000;
/** Changes on a weekday from which they speak for it. */
const WEEKDAY_CHANGES = 3;
/** A change that came so often before is no news, whatever its size. */
const SEEN_BEFORE = 2;
/** Part of the changes that are taken for chance. */
const ORDINARY_SHARE = 0.9;
/** Part of a deviation from which another one is as large. */
const ALIKE = 0.9;
/** Days that a message gives the usual range of. */
const SHOWN_DAYS = 20;
const WEEKDAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

interface Change {
  /** Weekday of the later day; undefined when days lie between. */
  weekday: number | undefined;
  perDay: number;
  /** True for a change to an unusual day, or from one. */
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

/** The usual change of one day: that of its weekday where it is known, else that of all days. */
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

/** Rows that change at random scatter like the square root of their number, which few days may not have shown yet. */
function chanceSpread(changes: readonly Change[], rowsPerUnit: number): number {
  const middle = median(changes.map(({ perDay }) => perDay));
  const rows = changes.map(({ perDay }) => Math.abs(perDay - middle) * rowsPerUnit).sort((a, b) => a - b);
  // the largest were no chance: a day of many changes, or the return from an unusual time
  const ordinary = rows.slice(0, Math.floor(rows.length * ORDINARY_SHARE));
  return Math.sqrt(ordinary.reduce((sum, each) => sum + each, 0) / Math.max(1, ordinary.length)) / rowsPerUnit;
}

/**
 * Compares a value with its own history: the value before plus the usual change of each day since, so that growth, a
 * weekly rhythm and days without a dump are no news. A value is unusual when it is farther off than z robust standard
 * deviations and the floor from each day that it may look like (`referenceDays`), and no such change came before.
 *
 * @param history published days before `date`, oldest first, one a day
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
    isUnusual: comparisons.every(({ isUnusual }) => isUnusual) && !cameBefore(changes, usual, first.deviation, limits),
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

/** True when the table is known for such surprises: a purge now and then, a batch at the month's end. */
function cameBefore(
  changes: readonly Change[],
  usual: readonly Change[],
  deviation: number,
  limits: ChangeLimits,
): boolean {
  const alike = changes.filter(({ weekday, perDay }) => {
    const surprise = perDay - usualOf(usual, weekday, limits).change;
    return deviation < 0 ? surprise <= deviation * ALIKE : surprise >= deviation * ALIKE;
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
