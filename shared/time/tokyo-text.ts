import { tokyoWallTime } from "./tokyo-day.ts";

const CHARACTERS = { second: 19, minute: 16 } as const;

/**
 * An instant in Tokyo's wall time, for people: `2026-02-07 07:04:12`. Who reads it is told that it is Tokyo's, by `JST`
 * beside it or in the head of a column.
 *
 * @param iso ISO 8601
 */
export function tokyoText(iso: string, precision: keyof typeof CHARACTERS = "second"): string {
  return tokyoWallTime(new Date(iso)).replace("T", " ").slice(0, CHARACTERS[precision]);
}
