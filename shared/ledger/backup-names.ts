import { tokyoWallTime } from "../time/tokyo-day.ts";

/** `<table>_backup_YYYYMMDD_HHMMSS`, Tokyo time (handbook, design.md section 8). */
export function backupNameOf(table: string, takenAt: Date): string {
  const [day, time] = tokyoWallTime(takenAt).split("T");
  return `${table}_backup_${day?.replaceAll("-", "") ?? ""}_${time?.replaceAll(":", "") ?? ""}`;
}
