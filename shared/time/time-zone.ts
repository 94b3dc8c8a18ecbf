/** The time zone of a source that names none. */
export const DEFAULT_TIME_ZONE = "Asia/Tokyo";

/**
 * The time zone of the source system (`timeZone` of `custom.source` in `serverless.yml`). Every process has it in its
 * environment, as other programs have `TZ`.
 */
export function timeZone(): string {
  return process.env["BATON_TIME_ZONE"] ?? DEFAULT_TIME_ZONE;
}

/** Locales that have names for time zones; the others write `GMT+8`. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-IN", "ja"];

/** Label of shown times: `JST`, or the name of a zone that changes its clocks, such as `Europe/Berlin`. */
export function zoneLabel(zone: string = timeZone()): string {
  const [january = "", july = ""] = ["2026-01-15", "2026-07-15"].map((day) => shortName(new Date(day), zone));
  return january === july ? january : zone;
}

function shortName(instant: Date, timeZone: string): string {
  const names = LOCALES.map((locale) => {
    const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: "short" }).formatToParts(instant);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  });
  return names.find((name) => !/[+-]/.test(name)) ?? names[0] ?? timeZone;
}
