import { timeZone } from "../../time/time-zone.ts";
import { wallTime } from "../../time/wall-time.ts";
import { derivedName } from "../../warehouse/tables/derived-name.ts";

/** `<table>_backup_YYYYMMDD_HHMMSS`, in the source's time zone; the ledger has the full name of a table whose name is shortened. */
export function backupNameOf(table: string, takenAt: Date): string {
  const [day, time] = wallTime(takenAt, timeZone()).split("T");
  return derivedName(table, `_backup_${day?.replaceAll("-", "") ?? ""}_${time?.replaceAll(":", "") ?? ""}`);
}

/** The first whole second, from `from` on, whose backup names are all free. */
export function freeInstant(tables: readonly string[], taken: ReadonlySet<string>, from: Date): Date {
  for (let instant = from; ; instant = new Date(instant.getTime() + 1_000)) {
    if (!tables.some((table) => taken.has(backupNameOf(table, instant)))) return instant;
  }
}
