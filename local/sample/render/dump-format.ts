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
  /** Time at which the dump was complete, Tokyo wall time `YYYY-MM-DD HH:MM:SS`; written in the trailer. */
  completedAt: string;
  host: string;
}
