import type { FillerOptions } from "./filler-options.ts";
import type { Column } from "./column.ts";
import { table, type Table } from "./table.ts";

/** A table that no model reads: its rows are made up from its columns. */
export interface FillerTable extends Table {
  /** Rows at full size, counts of 5 February 2026. */
  fullRows: number;
  /** Rows that a day adds, at full size; 0 for tables that rest. */
  rowsPerDay: number;
  /** Masters keep their size whatever the dump's. */
  isMaster: boolean;
  options: FillerOptions;
}

interface FillerDefinition {
  columns: readonly Column[];
  keys?: readonly (readonly string[])[];
  perDay?: number;
  options?: FillerOptions;
}

/** Defines a table that grows with the dump's size. */
export function filler(name: string, fullRows: number, definition: FillerDefinition): FillerTable {
  return {
    ...table(name, definition.columns, definition.keys ?? []),
    fullRows,
    rowsPerDay: definition.perDay ?? 0,
    isMaster: false,
    options: definition.options ?? {},
  };
}

/** Defines a master: the same rows in every dump. */
export function master(name: string, fullRows: number, columns: readonly Column[]): FillerTable {
  return { ...table(name, columns), fullRows, rowsPerDay: 0, isMaster: true, options: { nullShare: 0.05 } };
}
