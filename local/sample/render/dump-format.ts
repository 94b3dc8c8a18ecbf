/**
 * How mysqldump was called: `compact` is today's form (`-B basis ... --compact`), `full` the other one (no `-B`,
 * with header, DROP, LOCK and trailer).
 */
export type DumpFormat = "compact" | "full";

/** What a dump's text depends on besides the rows. */
export interface DumpStyle {
  format: DumpFormat;
  /** Name of the dumped database. */
  database: string;
  /** When the dump was complete, Tokyo wall time `YYYY-MM-DD HH:MM:SS`; written in the trailer. */
  completedAt: string;
  host: string;
}
