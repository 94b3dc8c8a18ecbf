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
}

const DAY_MS = 86_400_000;
/** Changes on a weekday from which they speak for it. */
const WEEKDAY_CHANGES = 3;
/** A change that came so often before is no news, whatever its size. */
const SEEN_BEFORE = 2;
/** Part of a deviation from which another one is as large. */
const ALIKE = 0.9;
/** Days that a message gives the usual range of. */
const SHOWN_DAYS = 20;
const WEEKDAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

interface Change {
  /** Weekday of the later day; undefined when days lie between. */
  weekday: number | undefined;
  perDay: number;
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
    return [{ weekday, perDay: (later.value - earlier.value) / days, wasUnusual: later.wasUnusual }];
  });
}

/** The usual change of one day: that of its weekday where it is known, else that of all days. */
function usualOf(changes: readonly Change[], weekday: number | undefined): { change: number; spread: number } {
  const ofWeekday = changes.filter((change) => weekday !== undefined && change.weekday === weekday);
  const chosen = (ofWeekday.length >= WEEKDAY_CHANGES ? ofWeekday : changes).map(({ perDay }) => perDay);
  return chosen.length === 0 ? { change: 0, spread: 0 } : { change: median(chosen), spread: robustSpread(chosen) };
}

/**
 * Compares a value with its own history: the value before plus the usual change of each day since, so that growth, a
 * weekly rhythm and days without a dump are no news. A value is unusual when it is farther off than z robust standard
 * deviations and the floor, from the day before and from the last day that was usual, and no such change came before.
 *
 * @param history published days before `date`, oldest first, one a day
 * @returns undefined without history
 */
export function compareWithHistory(
  history: readonly DayValue[],
  { date, value }: { date: string; value: number },
  limits: ChangeLimits,
): Comparison | undefined {
  const last = history.at(-1);
  if (last === undefined) return undefined;
  const changes = changesOf(history);
  const usual = changes.filter(({ wasUnusual }) => !wasUnusual);
  const lastUsual = history.findLast(({ wasUnusual }) => !wasUnusual) ?? last;
  const comparisons = [last, lastUsual].map((before) => compare(before, { date, value }, usual, limits));
  const [first, second] = comparisons;
  if (first === undefined || second === undefined) return undefined;
  const best = Math.abs(second.deviation) < Math.abs(first.deviation) ? second : first;
  return {
    ...best,
    isUnusual: comparisons.every(({ isUnusual }) => isUnusual) && !cameBefore(changes, usual, first.deviation),
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
  let spread = 0;
  for (let day = dayNumber(before.date) + 1; day <= dayNumber(date); day += 1) {
    const usual = usualOf(changes, weekdayOf(day));
    expected += usual.change;
    spread += usual.spread;
  }
  const deviation = value - expected;
  const floor = deviation < 0 ? limits.floor.down : limits.floor.up;
  const z = deviation / Math.max(spread, floor / limits.z);
  return { before, expected, deviation, z, isUnusual: Math.abs(z) > limits.z };
}

/** True when the table is known for such surprises: a purge now and then, a batch at the month's end. */
function cameBefore(changes: readonly Change[], usual: readonly Change[], deviation: number): boolean {
  const alike = changes.filter(({ weekday, perDay }) => {
    const surprise = perDay - usualOf(usual, weekday).change;
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
