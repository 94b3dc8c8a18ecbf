import type { SessionSettings } from "./session-state.ts";
import type { TableDefinition } from "../definitions/table-definition.ts";
import type { ValueTally } from "../lexer/value-tally.ts";
import type { RowSeparator } from "../lexer/values-scanner.ts";

/** What INSERTs of one form have in common: columns, and the session that their text is in. */
export interface InsertShape {
  /** Column list of the INSERT; undefined when it has none. */
  columns: readonly string[] | undefined;
  /** Names of the columns that the values are for, in order. */
  targets: readonly string[];
  /** Values by column and form. */
  tally: ValueTally;
  session: SessionSettings;
}

/** A run of bytes of the dump with rows of one table. */
export interface RowRange {
  /** Byte offsets, end exclusive: the rows only when canonical, else whole statements. */
  start: number;
  end: number;
  /** Line on which the first statement begins, from 1. */
  line: number;
  rows: number;
  shape: InsertShape;
  /**
   * What stands between rows besides the comma, when LOAD DATA can read the bytes as they are; undefined when they
   * have to be rewritten.
   */
  separator: RowSeparator | undefined;
}

/** A table of the dump. */
export interface IndexedTable {
  name: string;
  definition: TableDefinition;
  /** Where its CREATE TABLE stands. */
  offset: number;
  line: number;
  ranges: readonly RowRange[];
  rows: number;
  /** Bytes of its INSERT statements. */
  bytes: number;
  /** sha256 over definition, settings and rows, hex: equal for tables that would load alike. */
  contentHash: string;
  /** Each form of its INSERTs once. */
  shapes: readonly InsertShape[];
}

/** How many of a column's values say nothing. */
export interface ColumnBlanks {
  nulls: number;
  /** One of `BLANK_TEXTS`, to the byte. */
  blankTexts: number;
  /**
   * Texts of UTF-8 of which only the column's collation tells whether they equal one of these, and how often each is
   * there; undefined when they are not known.
   */
  unsureTexts: readonly { bytes: Buffer; count: number }[] | undefined;
}

/** What the index pass finds in a dump. */
export interface DumpIndex {
  /** Bytes of the plain dump. */
  bytes: number;
  /** Database that the dump names; undefined when it names none. */
  database: string | undefined;
  /** In the order of the dump. */
  tables: readonly IndexedTable[];
  rows: number;
  /** Statements that are not executed, by kind. */
  skipped: Readonly<Record<string, number>>;
}
