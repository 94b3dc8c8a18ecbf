import type { Cell } from "./schema/column.ts";
import type { Table } from "./schema/table.ts";

/** A table with its rows in a dump, cells in the order of the columns. */
export interface TableContent {
  table: Table;
  /** Next value of AUTO_INCREMENT; undefined for a table that never had a row. */
  nextId: number | undefined;
  rows: () => Iterable<readonly Cell[]>;
}
