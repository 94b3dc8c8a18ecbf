/** A column's profile. */
export interface ColumnProfile {
  name: string;
  /** Type as the server shows it: `varchar(191)`. */
  type: string;
  isNullable: boolean;
  /** Rows without a value: NULL, or a text that means the same (empty, `--`, `NULL`). */
  blanks: number;
  /** Rows by value, for columns with codes; NULL is left out. */
  codes?: Readonly<Record<string, number>>;
}

/** The profile of a table's content. */
export interface TableProfile {
  table: string;
  contentHash: string;
  rows: number;
  /** Greatest `updated_at` up to the end of the business date; null without such a column or value. */
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

/** A published day before the checked one, with its findings. */
export interface PastDay extends DayProfile {
  /** Names of tests that did not pass. */
  findings: ReadonlySet<string>;
}
