import type { FillerOptions } from "./filler-options.ts";
import type { Column } from "./column.ts";
import { table, type Table } from "./table.ts";

/** A table that no model reads: its rows are generated from its columns. */
export interface FillerTable extends Table {
  /** Number of rows at full size, on 5 February 2026. */
  fullRows: number;
  /** Number of rows added each day at full size; 0 for tables that do not grow. */
  rowsPerDay: number;
  /** Masters have the same size in every dump. */
  isMaster: boolean;
  options: FillerOptions;
}

interface FillerDefinition {
  columns: readonly Column[];
  keys?: readonly (readonly string[])[];
  perDay?: number;
  options?: FillerOptions;
}

/** Defines a table that scales with the dump's size. */
export function filler(name: string, fullRows: number, definition: FillerDefinition): FillerTable {
  return {
    ...table(name, definition.columns, definition.keys ?? []),
    fullRows,
    rowsPerDay: definition.perDay ?? 0,
    isMaster: false,
    options: definition.options ?? {},
  };
}

/** Defines a master, which has the same rows in every dump. */
export function master(name: string, fullRows: number, columns: readonly Column[]): FillerTable {
  return { ...table(name, columns), fullRows, rowsPerDay: 0, isMaster: true, options: { nullShare: 0.05 } };
}
