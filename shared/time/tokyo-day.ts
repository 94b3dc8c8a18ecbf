import { businessDateSchema, type BusinessDate } from "../../events/ids.ts";

/** Tokyo has no daylight saving time, so a fixed offset is exact. */
const TOKYO_OFFSET_MS = 9 * 3_600_000;

/** Tokyo wall time as `YYYY-MM-DDTHH:MM:SS`. */
export function tokyoWallTime(instant: Date): string {
  return new Date(instant.getTime() + TOKYO_OFFSET_MS).toISOString().slice(0, 19);
}

/** Returns the first instant of a day in Tokyo. */
export function tokyoMidnight(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) - TOKYO_OFFSET_MS);
}

/** Returns the calendar day in Tokyo. */
export function tokyoDay(instant: Date): BusinessDate {
  return businessDateSchema.parse(tokyoWallTime(instant).slice(0, 10));
}
