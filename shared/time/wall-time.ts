const DAY_MS = 86_400_000;

/** Formatters by time zone: making one takes far longer than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const two = "2-digit";
  const made = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: two, day: two, hour: two, minute: two, second: two },
  });
  formatters.set(zone, made);
  return made;
}

/**
 * Returns what clocks in a time zone show, as `YYYY-MM-DDTHH:MM:SS`.
 *
 * @param zone IANA name, such as `Europe/Berlin`
 */
export function wallTime(instant: Date, zone: string): string {
  return formatterOf(zone).format(instant).replace(" ", "T");
}

/**
 * Returns the first instant at which clocks in a time zone show a time, or the first later one when clocks skip it.
 *
 * @param wall `YYYY-MM-DDTHH:MM:SS`
 */
export function instantOf(wall: string, zone: string): Date {
  const utc = Date.parse(`${wall}Z`);
  // the offsets before and after a change of the clocks
  const [before, after] = [-DAY_MS, DAY_MS].map((shift) => {
    const near = utc + shift;
    return new Date(utc - (Date.parse(`${wallTime(new Date(near), zone)}Z`) - near));
  });
  const found = [before, after].find((instant) => instant !== undefined && wallTime(instant, zone) === wall);
  return found ?? before ?? new Date(utc);
}
