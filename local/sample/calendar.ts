import { timeZone } from "../../shared/time/time-zone.ts";
import { wallTime } from "../../shared/time/wall-time.ts";

/** A calendar day as the number of days since 1970-01-01, for fast arithmetic and comparison. */
export type Day = number;
/** An instant as seconds since 1970-01-01 UTC. */
export type Seconds = number;

const DAY_SECONDS = 86_400;

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

/** Offsets from UTC by day in UTC, in the time zone of the first call; "changes" for a day on which clocks change. */
const offsets = new Map<Day, Seconds | "changes">();
let zone: string | undefined;

/** Seconds from UTC to the time in the source's time zone. Each day is read once, because rows ask millions of times. */
function offsetAt(instant: Seconds): Seconds {
  const day = Math.floor(instant / DAY_SECONDS);
  let offset = offsets.get(day);
  if (offset === undefined) {
    const first = readOffset(day * DAY_SECONDS);
    offset = first === readOffset((day + 1) * DAY_SECONDS) ? first : "changes";
    offsets.set(day, offset);
  }
  return offset === "changes" ? readOffset(instant) : offset;
}

function readOffset(instant: Seconds): Seconds {
  zone ??= timeZone();
  return Date.parse(`${wallTime(new Date(instant * 1_000), zone)}Z`) / 1_000 - instant;
}

/** The instant of a time in the source's time zone. */
export function atLocal(day: Day, secondOfDay: number): Seconds {
  const wall = day * DAY_SECONDS + secondOfDay;
  return wall - offsetAt(wall - offsetAt(wall));
}

/** The day of an instant in the source's time zone. */
export function localDayOf(instant: Seconds): Day {
  return Math.floor((instant + offsetAt(instant)) / DAY_SECONDS);
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

/** An instant as time in the source's time zone, `YYYY-MM-DD HH:MM:SS`, as in DATETIME columns. */
export function localText(instant: Seconds): string {
  return utcText(instant + offsetAt(instant));
}

/** An instant as ISO 8601 with the offset of the source's time zone, as in manifests. */
export function localIso(instant: Seconds): string {
  const offset = offsetAt(instant);
  const size = timeText(Math.abs(offset)).slice(0, 5);
  return `${utcText(instant + offset).replace(" ", "T")}${offset < 0 ? "-" : "+"}${size}`;
}
