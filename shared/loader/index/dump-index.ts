import type { DatabaseDefaults } from "./classify-statement.ts";
import type { SessionSettings } from "./session-state.ts";
import type { TableDefinition } from "../definitions/table-definition.ts";
import type { ValueTally } from "../lexer/value-tally.ts";
import type { RowSeparator } from "../lexer/values-lexer.ts";

/** What INSERTs of the same form share: their columns and the session settings for their text. */
export interface InsertShape {
  /** Column list of the INSERT; undefined when it has none. */
  columns: readonly string[] | undefined;
  /** Names of the columns that receive the values, in order. */
  targets: readonly string[];
  /** Values by column and form. */
  tally: ValueTally;
  session: SessionSettings;
}

/** A range of bytes of the dump with rows of one table. */
export interface RowRange {
  /** Byte offsets, end exclusive. The range holds only the rows when they are canonical, else whole statements. */
  start: number;
  end: number;
  /** Line of the first statement, from 1. */
  line: number;
  rows: number;
  shape: InsertShape;
  /**
   * Separator between rows besides the comma, when LOAD DATA can read the bytes unchanged; undefined when they must be
   * rewritten.
   */
  separator: RowSeparator | undefined;
}

/** A table of the dump. */
export interface IndexedTable {
  name: string;
  definition: TableDefinition;
  /** Byte offset of its CREATE TABLE. */
  offset: number;
  line: number;
  ranges: readonly RowRange[];
  rows: number;
  /** Bytes of its INSERT statements. */
  bytes: number;
  /** sha256 over definition, settings and rows, hex; equal for tables with the same loaded result. */
  contentHash: string;
  /** The distinct forms of its INSERTs. */
  shapes: readonly InsertShape[];
}

/** The number of blank values of a column. */
export interface ColumnBlanks {
  nulls: number;
  /** Number of values that equal one of `BLANK_TEXTS` byte for byte. */
  blankTexts: number;
  /**
   * UTF-8 texts that may equal one of `BLANK_TEXTS`, depending on the column's collation, with their counts; undefined
   * when they were not recorded.
   */
  unsureTexts: readonly { bytes: Buffer; count: number }[] | undefined;
}

/** The result of the index pass over a dump. */
export interface DumpIndex {
  /** Bytes of the uncompressed dump. */
  bytes: number;
  /** Database that the dump names; undefined when it names none. */
  database: string | undefined;
  /** From the CREATE DATABASE of that database; undefined when the dump has none. */
  defaults: DatabaseDefaults | undefined;
  /** In the order of the dump. */
  tables: readonly IndexedTable[];
  rows: number;
  /** Statements that are not executed, by kind. */
  skipped: Readonly<Record<string, number>>;
}
