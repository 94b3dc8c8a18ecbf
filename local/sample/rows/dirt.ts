import { dayText, type Day } from "../calendar.ts";
import type { Random } from "../random.ts";

/** Text values that the source has in place of NULL. */
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

/** A text; in 2 % of rows an empty value such as `NULL` or `--`; occasionally with spaces around it. */
export function dirtyText(text: string | null, random: Random, share = 0.02): string | null {
  const point = random.unit();
  if (point < share) return random.pick(emptyTexts);
  if (text === null || point < 0.985) return text;
  return point < 0.99 ? `${text} ` : point < 0.995 ? `${text}\u3000` : ` ${text}`;
}

/** A date as it is in the dump; 0.5 % are zero dates, a few of them with only month or day zero. */
export function dirtyDate(day: Day | null, random: Random): string | null {
  const point = random.unit();
  if (day === null) return point < 0.001 ? "0000-00-00" : null;
  if (point >= 0.005) return dayText(day);
  if (point < 0.004) return "0000-00-00";
  return point < 0.0045 ? `${dayText(day).slice(0, 4)}-00-00` : `${dayText(day).slice(0, 7)}-00`;
}

/** A date, or rarely an implausible one in the far future. */
export function farDate(day: Day | null, far: string, random: Random, share = 0.001): string | null {
  return random.chance(share) ? far : dirtyDate(day, random);
}
