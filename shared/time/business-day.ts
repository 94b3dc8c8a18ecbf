import { businessDateSchema, type BusinessDate } from "../../events/ids.ts";
import { timeZone } from "./time-zone.ts";
import { instantOf, wallTime } from "./wall-time.ts";

/** Returns the calendar day in the source's time zone. */
export function dayOf(instant: Date): BusinessDate {
  return businessDateSchema.parse(wallTime(instant, timeZone()).slice(0, 10));
}

/** Returns the day that is some days after another, or before it. */
export function addDays(day: string, days: number): BusinessDate {
  return businessDateSchema.parse(new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10));
}

/** Returns the first instant of a day in the source's time zone. */
export function startOfDay(day: string): Date {
  return instantOf(`${day}T00:00:00`, timeZone());
}

/** Returns the end of a day in the source's time zone, exclusive. */
export function endOfDay(day: string): Date {
  return startOfDay(addDays(day, 1));
}
