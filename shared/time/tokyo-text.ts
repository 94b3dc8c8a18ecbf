import { tokyoWallTime } from "./tokyo-day.ts";

const CHARACTERS = { second: 19, minute: 16 } as const;

/**
 * Formats an instant as Tokyo time: `2026-02-07 07:04:12`. The caller must label it as `JST`, next to the time or in
 * the head of a column.
 *
 * @param iso ISO 8601
 */
export function tokyoText(iso: string, precision: keyof typeof CHARACTERS = "second"): string {
  return tokyoWallTime(new Date(iso)).replace("T", " ").slice(0, CHARACTERS[precision]);
}
