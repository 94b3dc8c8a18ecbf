/** A column as it was profiled. */
export interface ColumnProfile {
  name: string;
  /** Type as the server shows it: `varchar(191)`. */
  type: string;
  isNullable: boolean;
  /** Rows without a value: NULL, or a text that says so (empty, `--`, `NULL`). */
  blanks: number;
  /** Rows by value, of columns whose values are codes; NULL is left out. */
  codes?: Readonly<Record<string, number>>;
}

/** What is kept of a table's content. */
export interface TableProfile {
  table: string;
  contentHash: string;
  rows: number;
  /** Greatest `updated_at` until the end of the business date; null without such a column or value. */
  newestChange: Date | null;
  columns: readonly ColumnProfile[];
}

/** The tables of one run. */
export interface DayProfile {
  runId: string;
  /** `YYYY-MM-DD` */
  businessDate: string;
  tables: ReadonlyMap<string, TableProfile>;
}

/** A published day before the one that is judged, and what was found unusual on it. */
export interface PastDay extends DayProfile {
  /** Names of tests that did not pass. */
  findings: ReadonlySet<string>;
}
