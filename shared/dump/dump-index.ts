import type { SessionSettings } from "./session-state.ts";
import type { TableDefinition } from "./table-definition.ts";
import type { RowSeparator } from "./values-scanner.ts";

/** What INSERTs of one form have in common: columns, and the session that their text is in. */
export interface InsertShape {
  /** Column list of the INSERT; undefined when it has none. */
  columns: readonly string[] | undefined;
  /** Names of the columns that the values are for, in order. */
  targets: readonly string[];
  /** Forms in which values of each column stand: sums of `valueKinds`. */
  kinds: Uint8Array;
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
