import { timeZone } from "./time-zone.ts";
import { wallTime } from "./wall-time.ts";

const CHARACTERS = { second: 19, minute: 16 } as const;

/**
 * Formats an instant in the source's time zone: `2026-02-07 07:04:12`. The caller must add `zoneLabel()`, next to the
 * time or in the head of a column.
 *
 * @param iso ISO 8601
 */
export function timeText(iso: string, precision: keyof typeof CHARACTERS = "second"): string {
  return wallTime(new Date(iso), timeZone()).replace("T", " ").slice(0, CHARACTERS[precision]);
}
