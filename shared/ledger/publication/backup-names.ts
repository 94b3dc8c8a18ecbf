import { tokyoWallTime } from "../../time/tokyo-day.ts";

/** `<table>_backup_YYYYMMDD_HHMMSS`, in Asia/Tokyo. */
export function backupNameOf(table: string, takenAt: Date): string {
  const [day, time] = tokyoWallTime(takenAt).split("T");
  return `${table}_backup_${day?.replaceAll("-", "") ?? ""}_${time?.replaceAll(":", "") ?? ""}`;
}

/** The first whole second, from `from` on, whose backup names are all free. */
export function freeInstant(tables: readonly string[], taken: ReadonlySet<string>, from: Date): Date {
  for (let instant = from; ; instant = new Date(instant.getTime() + 1_000)) {
    if (!tables.some((table) => taken.has(backupNameOf(table, instant)))) return instant;
  }
}

/** Parses a name that `backupNameOf` made; undefined for any other name. */
export function parseBackupName(backupTable: string): { table: string; takenAt: Date } | undefined {
  const [, table, ...digits] = /^(.+)_backup_(\d{4})(\d{2})(\d{2})_(\d{2})(\d{2})(\d{2})$/.exec(backupTable) ?? [];
  if (table === undefined) return undefined;
  const [year, month, day, hour, minute, second] = digits;
  const takenAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+09:00`);
  return Number.isNaN(takenAt.getTime()) ? undefined : { table, takenAt };
}
