const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `2026-02-07 (Sat)`. */
export function dayWithWeekday(businessDate: string): string {
  return `${businessDate} (${WEEKDAYS[new Date(businessDate).getUTCDay()] ?? ""})`;
}
