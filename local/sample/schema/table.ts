import type { Column } from "./column.ts";

/** A secondary index; its name is derived from table and columns. */
export interface SecondaryKey {
  columns: readonly string[];
  isUnique?: boolean;
}

/** One base table of the source. */
export interface Table {
  /** Exact name, with the source's case and misspellings. */
  name: string;
  columns: readonly Column[];
  keys: readonly SecondaryKey[];
  comment?: string;
}

/** Defines a table whose primary key is `id`. */
export function table(name: string, columns: readonly Column[], keys: readonly (readonly string[])[] = []): Table {
  return { name, columns, keys: keys.map((names) => ({ columns: names })) };
}
