/** Tokyo has no daylight saving: a fixed offset is exact. */
const TOKYO_OFFSET_MS = 9 * 3_600_000;

function tokyoIso(instant: Date): string {
  return new Date(instant.getTime() + TOKYO_OFFSET_MS).toISOString();
}

/** The calendar day in Tokyo, `YYYY-MM-DD`. */
export function tokyoDay(instant: Date): string {
  return tokyoIso(instant).slice(0, 10);
}

/** `<table>_backup_YYYYMMDD_HHMMSS`, Tokyo time (handbook, design.md section 8). */
export function backupNameOf(table: string, takenAt: Date): string {
  const [day, time] = tokyoIso(takenAt).split("T");
  return `${table}_backup_${day?.replaceAll("-", "") ?? ""}_${time?.slice(0, 8).replaceAll(":", "") ?? ""}`;
}
