const DAY_MS = 86_400_000;
const TOKYO_OFFSET_MS = 9 * 3_600_000;

/** A real calendar day as `YYYY-MM-DD`; sorts as text. */
export type Day = string;

/** Rule clean_date: zero dates, and dates with a zero month or day, are NULL. */
export function cleanDate(date: string | null): Day | null {
  if (date === null) return null;
  const [, month, day] = date.slice(0, 10).split("-");
  return month === "00" || day === "00" ? null : date.slice(0, 10);
}

/** Rule for birth dates: before 1900-01-02 or after the business date is NULL. */
export function cleanBirthDate(date: string | null, businessDate: Day): Day | null {
  const clean = cleanDate(date);
  return clean === null || clean < "1900-01-02" || clean > businessDate ? null : clean;
}

/** Days since 1970-01-01. */
function dayNumber(day: Day): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

/** Days from one day to the other; the same day is 0. */
export function daysBetween(from: Day, to: Day): number {
  return dayNumber(to) - dayNumber(from);
}

/** The day a number of days later. */
export function plusDays(day: Day, days: number): Day {
  return new Date((dayNumber(day) + days) * DAY_MS).toISOString().slice(0, 10);
}

/** Parts of a day as numbers. */
function partsOf(day: Day): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

/** Completed months: 31 January to 28 February is none. Negative when `to` lies before `from`. */
export function monthsBetween(from: Day, to: Day): number {
  if (to < from) return -monthsBetween(to, from);
  const [fromYear, fromMonth, fromDate] = partsOf(from);
  const [toYear, toMonth, toDate] = partsOf(to);
  const months = (toYear - fromYear) * 12 + toMonth - fromMonth;
  return toDate < fromDate ? months - 1 : months;
}

/** The same day some months before, clamped to the month's end. */
export function minusMonths(day: Day, months: number): Day {
  const [year, month, date] = partsOf(day);
  const lastDate = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  const first = Date.UTC(year, month - 1 - months, 1);
  return new Date(first + (Math.min(date, lastDate) - 1) * DAY_MS).toISOString().slice(0, 10);
}

/** The Tokyo day of a UTC timestamp `YYYY-MM-DD HH:MM:SS`. */
export function tokyoDayOf(utc: string | null): Day | null {
  if (utc === null || utc.startsWith("0000")) return null;
  return new Date(Date.parse(`${utc.replace(" ", "T")}Z`) + TOKYO_OFFSET_MS).toISOString().slice(0, 10);
}

/**
 * Rule age_at: whole years from the clean birth date to the day; without one, the source's age; NULL outside 0-120.
 * Nobody has an age before birth.
 */
export function ageAt(day: Day, birthDate: Day | null, sourceAge: number | null): number | null {
  const age = birthDate === null ? sourceAge : wholeYears(birthDate, day);
  return age === null || age < 0 || age > 120 ? null : age;
}

function wholeYears(from: Day, to: Day): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? years - 1 : years;
}
