/** Differences of a table's generated cells from the default for the name and type of a column. */
export interface FillerOptions {
  /** An implausible date that the table has. */
  farDate?: string;
  /** Mean length of free text. */
  noteLength?: number;
  /** Share of NULL in nullable columns. */
  nullShare?: number;
}
