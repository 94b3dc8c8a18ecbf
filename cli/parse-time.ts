import { UsageError } from "./usage-error.ts";

const FORM = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?)?\s*(Z|[+-]\d\d:\d\d)?$/;

/** Parses a time as lists show it, in Tokyo time, or ISO 8601 with a zone; includes the whole second. @throws UsageError */
export function parseTime(text: string): Date {
  const [, day = "", time = "00:00", seconds = ":00", fraction = ".999", zone = "+09:00"] = FORM.exec(text) ?? [];
  const parsed = new Date(`${day}T${time}${seconds}${fraction}${zone}`);
  if (Number.isNaN(parsed.getTime())) {
    throw new UsageError(
      `${text} is no time`,
      'Give, for example, "2026-02-07 07:05:12" (Tokyo) or 2026-02-06T22:05:12Z.',
    );
  }
  return parsed;
}
