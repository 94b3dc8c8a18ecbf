import { atLocal, type Day, type Seconds } from "../calendar.ts";
import type { Random } from "../random.ts";

/** The time of the dump: 05:30 in the source's time zone. */
const DUMP_SECOND = 5 * 3_600 + 30 * 60;

/** An instant on a day: mostly office hours, some at night (another day in UTC). */
export function eventTime(day: Day, random: Random): Seconds {
  return atLocal(day, random.chance(0.15) ? random.int(0, 32_399) : random.int(32_400, 79_199));
}

/** An instant since the last dump: the day before, or the night of the business date. */
export function sinceLastDump(today: Day, random: Random): Seconds {
  if (random.chance(0.1)) return atLocal(today, random.int(0, DUMP_SECOND - 300));
  return atLocal(today - 1, random.int(6 * 3_600, 86_399));
}
