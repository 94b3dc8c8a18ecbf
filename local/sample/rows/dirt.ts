import { dayText, type Day } from "../calendar.ts";
import type { Random } from "../random.ts";

/** Values of text columns in place of NULL. */
const emptyTexts: readonly (string | null)[] = [
  null,
  null,
  null,
  "NULL",
  "NULL",
  "null",
  "--",
  "",
  "",
  "　",
  " ",
  "Null",
  " -- ",
  "\t",
];

/** A text, or in 2 % of rows one of the spellings of nothing; now and then with spaces around. */
export function dirtyText(text: string | null, random: Random, share = 0.02): string | null {
  const point = random.unit();
  if (point < share) return random.pick(emptyTexts);
  if (text === null || point < 0.985) return text;
  return point < 0.99 ? `${text} ` : point < 0.995 ? `${text}\u3000` : ` ${text}`;
}

/** A date as it stands in the dump; 0.5 % are zero dates, a few with a zero month or day. */
export function dirtyDate(day: Day | null, random: Random): string | null {
  const point = random.unit();
  if (day === null) return point < 0.001 ? "0000-00-00" : null;
  if (point >= 0.005) return dayText(day);
  if (point < 0.004) return "0000-00-00";
  return point < 0.0045 ? `${dayText(day).slice(0, 4)}-00-00` : `${dayText(day).slice(0, 7)}-00`;
}

/** A date, or rarely an absurd one far ahead. */
export function farDate(day: Day | null, far: string, random: Random, share = 0.001): string | null {
  return random.chance(share) ? far : dirtyDate(day, random);
}
