/** A calendar day as the number of days since 1970-01-01, for fast arithmetic and comparison. */
export type Day = number;
/** An instant as seconds since 1970-01-01 UTC. */
export type Seconds = number;

const DAY_SECONDS = 86_400;
/** Tokyo has no daylight saving time, so a fixed offset is exact. */
const TOKYO_SECONDS = 9 * 3_600;

const texts = new Map<Day, string>();

/** Parses `YYYY-MM-DD`. */
export function dayOf(text: string): Day {
  return Math.round(Date.parse(`${text}T00:00:00Z`) / (DAY_SECONDS * 1_000));
}

/** Formats a day as `YYYY-MM-DD`. */
export function dayText(day: Day): string {
  let text = texts.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10);
    texts.set(day, text);
  }
  return text;
}

/** The same day in another month, at most that month's last day. */
export function addMonths(day: Day, months: number): Day {
  const date = new Date(day * DAY_SECONDS * 1_000);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  return Math.round(first / (DAY_SECONDS * 1_000)) + Math.min(date.getUTCDate(), lastOfMonth) - 1;
}

/** The instant of a Tokyo wall time. */
export function atTokyo(day: Day, secondOfDay: number): Seconds {
  return day * DAY_SECONDS + secondOfDay - TOKYO_SECONDS;
}

/** The Tokyo day of an instant. */
export function tokyoDayOf(instant: Seconds): Day {
  return Math.floor((instant + TOKYO_SECONDS) / DAY_SECONDS);
}

const padded = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

function pad(value: number): string {
  return padded[value] ?? String(value);
}

/** Formats a second of the day as `HH:MM:SS`. */
function timeText(secondOfDay: number): string {
  return `${pad(Math.floor(secondOfDay / 3_600))}:${pad(Math.floor(secondOfDay / 60) % 60)}:${pad(secondOfDay % 60)}`;
}

/** An instant as MySQL writes a TIMESTAMP in UTC: `YYYY-MM-DD HH:MM:SS`. */
export function utcText(instant: Seconds): string {
  const day = Math.floor(instant / DAY_SECONDS);
  return `${dayText(day)} ${timeText(instant - day * DAY_SECONDS)}`;
}

/** An instant as Tokyo wall time, `YYYY-MM-DD HH:MM:SS`, as in DATETIME columns. */
export function tokyoText(instant: Seconds): string {
  return utcText(instant + TOKYO_SECONDS);
}

/** An instant as ISO 8601 with Tokyo's offset, as in manifests. */
export function tokyoIso(instant: Seconds): string {
  return `${tokyoText(instant).replace(" ", "T")}+09:00`;
}
