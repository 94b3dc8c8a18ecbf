/**
 * Options of mysqldump: `compact` is the source's current form (`-B basis ... --compact`), `full` the other one (no
 * `-B`, with header, DROP, LOCK and trailer).
 */
export type DumpFormat = "compact" | "full";

/** What determines a dump's text besides the rows. */
export interface DumpStyle {
  format: DumpFormat;
  /** Name of the dumped database. */
  database: string;
  /** Time in the source's time zone at which the dump was complete `YYYY-MM-DD HH:MM:SS`; written in the trailer. */
  completedAt: string;
  host: string;
}
