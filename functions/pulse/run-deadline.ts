import type { BusinessDate } from "../../events/ids.ts";
import { tokyoDay } from "../../shared/time/tokyo-day.ts";

const DAY_MS = 86_400_000;

/** The latest deadline that has passed: the business date whose run must be complete by then. */
export interface PassedDeadline {
  businessDate: BusinessDate;
  at: Date;
}

/**
 * The latest deadline before an instant: today's, or yesterday's before that. A missing run is therefore also reported
 * after midnight.
 *
 * @param time Tokyo time, `HH:MM`
 */
export function passedDeadline(time: string, now: Date): PassedDeadline {
  const today = deadlineOf(tokyoDay(now), time);
  return today.at <= now ? today : deadlineOf(tokyoDay(new Date(now.getTime() - DAY_MS)), time);
}

function deadlineOf(businessDate: BusinessDate, time: string): PassedDeadline {
  return { businessDate, at: new Date(`${businessDate}T${time}:00+09:00`) };
}
