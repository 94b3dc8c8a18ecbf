import { tokyoWallTime } from "../time/tokyo-day.ts";

/** `<table>_backup_YYYYMMDD_HHMMSS`, Tokyo time (handbook, design.md section 8). */
export function backupNameOf(table: string, takenAt: Date): string {
  const [day, time] = tokyoWallTime(takenAt).split("T");
  return `${table}_backup_${day?.replaceAll("-", "") ?? ""}_${time?.replaceAll(":", "") ?? ""}`;
}

/** The first whole second from `from` on at which no table's backup name is taken. */
export function freeInstant(tables: readonly string[], taken: ReadonlySet<string>, from: Date): Date {
  for (let instant = from; ; instant = new Date(instant.getTime() + 1_000)) {
    if (!tables.some((table) => taken.has(backupNameOf(table, instant)))) return instant;
  }
}
