import { tokyoWallTime } from "../../time/tokyo-day.ts";
import { derivedName } from "../../warehouse/tables/derived-name.ts";

/** `<table>_backup_YYYYMMDD_HHMMSS`, Tokyo time; the ledger has the full name of a table whose name is shortened. */
export function backupNameOf(table: string, takenAt: Date): string {
  const [day, time] = tokyoWallTime(takenAt).split("T");
  return derivedName(table, `_backup_${day?.replaceAll("-", "") ?? ""}_${time?.replaceAll(":", "") ?? ""}`);
}

/** The first whole second, from `from` on, whose backup names are all free. */
export function freeInstant(tables: readonly string[], taken: ReadonlySet<string>, from: Date): Date {
  for (let instant = from; ; instant = new Date(instant.getTime() + 1_000)) {
    if (!tables.some((table) => taken.has(backupNameOf(table, instant)))) return instant;
  }
}
