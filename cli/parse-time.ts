import { timeZone } from "../shared/time/time-zone.ts";
import { instantOf } from "../shared/time/wall-time.ts";
import { UsageError } from "./usage-error.ts";

const FORM = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?)?\s*(Z|[+-]\d\d:\d\d)?$/;

/** Parses a time as lists show it, in the source's time zone, or ISO 8601 with a zone; includes the whole second. @throws UsageError */
export function parseTime(text: string): Date {
  const [, day = "", time = "00:00", seconds = ":00", fraction = ".999", zone] = FORM.exec(text) ?? [];
  const wall = `${day}T${time}${seconds}`;
  const isValid = !Number.isNaN(Date.parse(`${wall}Z`));
  const parsed =
    zone === undefined && isValid
      ? within(instantOf(wall, timeZone()), fraction)
      : new Date(wall + fraction + (zone ?? ""));
  if (Number.isNaN(parsed.getTime())) {
    throw new UsageError(
      `${text} is no time`,
      `Give, for example, "2026-02-07 07:05:12" (${timeZone()}) or 2026-02-06T22:05:12Z.`,
    );
  }
  return parsed;
}

function within(second: Date, fraction: string): Date {
  return new Date(second.getTime() + Math.floor(Number(fraction) * 1_000));
}
