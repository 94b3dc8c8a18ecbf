import type { BusinessDate } from "../../events/ids.ts";
import { addDays, dayOf } from "./business-day.ts";
import { timeZone } from "./time-zone.ts";
import { instantOf } from "./wall-time.ts";

/** The latest deadline that has passed: the business date whose run must be complete by then. */
export interface PassedDeadline {
  businessDate: BusinessDate;
  at: Date;
}

/**
 * The latest deadline before an instant: today's, or yesterday's before that. A missing run is therefore also reported
 * after midnight.
 *
 * @param time in the source's time zone, `HH:MM`
 */
export function passedDeadline(time: string, now: Date): PassedDeadline {
  const today = deadlineOf(dayOf(now), time);
  return today.at <= now ? today : deadlineOf(addDays(today.businessDate, -1), time);
}

/** The deadline of a business date. */
export function deadlineOf(businessDate: BusinessDate, time: string): PassedDeadline {
  return { businessDate, at: instantOf(`${businessDate}T${time}:00`, timeZone()) };
}
