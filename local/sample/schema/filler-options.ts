/** How a table's made-up cells depart from the rule by name and type. */
export interface FillerOptions {
  /** Absurd date that the table is known for. */
  farDate?: string;
  /** Mean length of free text. */
  noteLength?: number;
  /** Share of NULL in columns that may be NULL. */
  nullShare?: number;
}
