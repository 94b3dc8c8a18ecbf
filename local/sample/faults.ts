import { Random } from "./random.ts";
import type { Cell } from "./schema/column.ts";
import type { TableContent } from "./table-content.ts";

/** A fault that a test adds to a dump. */
export type SampleFault =
  | { kind: "dropColumn"; table: string; column: string }
  | { kind: "renameColumn"; table: string; column: string; to: string }
  /** Changes the type only: the values stay the same, so the new type must allow them. */
  | { kind: "retypeColumn"; table: string; column: string; type: string }
  | { kind: "dropTable"; table: string }
  | { kind: "renameTable"; table: string; to: string }
  | { kind: "emptyTable"; table: string }
  /** Keeps only the first rows, like a dump that stopped half-way. */
  | { kind: "keepRows"; table: string; rows: number }
  /** Removes a share of the rows, chosen by the seed and the row's id: the same rows every day. */
  | { kind: "loseRows"; table: string; share: number; seed: number }
  /** Repeats the first row, which InnoDB's primary key would not allow. */
  | { kind: "repeatFirstRow"; table: string }
  | { kind: "setCells"; table: string; column: string; value: Cell; everyNth?: number }
  /** Sets a share of the cells to one of the values, chosen by the seed and the row's id. */
  | { kind: "mixCells"; table: string; column: string; values: readonly Cell[]; share: number; seed: number };

function columnIndex({ table }: TableContent, column: string): number {
  const index = table.columns.findIndex(({ name }) => name === column);
  if (index < 0) throw new RangeError(`table ${table.name} has no column ${column}`);
  return index;
}

function* mapRows(
  rows: Iterable<readonly Cell[]>,
  change: (row: readonly Cell[], index: number) => readonly Cell[],
): Generator<readonly Cell[]> {
  let index = 0;
  for (const row of rows) {
    yield change(row, index);
    index += 1;
  }
}

function* firstRows(rows: Iterable<readonly Cell[]>, count: number): Generator<readonly Cell[]> {
  let left = count;
  for (const row of rows) {
    if (left <= 0) return;
    left -= 1;
    yield row;
  }
}

function* withoutShare(
  rows: Iterable<readonly Cell[]>,
  { table, share, seed }: { table: string; share: number; seed: number },
): Generator<readonly Cell[]> {
  for (const row of rows) {
    if (!new Random(seed, `${table} ${String(row[0])}`).chance(share)) yield row;
  }
}

function* withFirstTwice(rows: Iterable<readonly Cell[]>): Generator<readonly Cell[]> {
  let isFirst = true;
  for (const row of rows) {
    if (isFirst) yield row;
    isFirst = false;
    yield row;
  }
}

function plant(content: TableContent, fault: SampleFault): TableContent[] {
  const { table, rows } = content;
  switch (fault.kind) {
    case "dropTable":
      return [];
    case "renameTable":
      return [{ ...content, table: { ...table, name: fault.to } }];
    case "emptyTable":
      return [{ ...content, rows: () => [] }];
    case "keepRows":
      return [{ ...content, rows: () => firstRows(rows(), fault.rows) }];
    case "loseRows":
      return [{ ...content, rows: () => withoutShare(rows(), fault) }];
    case "repeatFirstRow":
      return [{ ...content, rows: () => withFirstTwice(rows()) }];
    case "dropColumn": {
      const index = columnIndex(content, fault.column);
      const columns = table.columns.toSpliced(index, 1);
      const keys = table.keys.filter((key) => !key.columns.includes(fault.column));
      return [
        {
          ...content,
          table: { ...table, columns, keys },
          rows: () => mapRows(rows(), (row) => row.toSpliced(index, 1)),
        },
      ];
    }
    case "renameColumn": {
      columnIndex(content, fault.column);
      const rename = (name: string): string => (name === fault.column ? fault.to : name);
      const columns = table.columns.map((column) => ({ ...column, name: rename(column.name) }));
      const keys = table.keys.map((key) => ({ ...key, columns: key.columns.map(rename) }));
      return [{ ...content, table: { ...table, columns, keys } }];
    }
    case "retypeColumn": {
      columnIndex(content, fault.column);
      const columns = table.columns.map((column) =>
        column.name === fault.column ? { ...column, type: fault.type } : column,
      );
      return [{ ...content, table: { ...table, columns } }];
    }
    case "setCells": {
      const index = columnIndex(content, fault.column);
      const nth = fault.everyNth ?? 1;
      return [
        {
          ...content,
          rows: () => mapRows(rows(), (row, position) => (position % nth === 0 ? row.with(index, fault.value) : row)),
        },
      ];
    }
    case "mixCells": {
      const index = columnIndex(content, fault.column);
      const mixed = (row: readonly Cell[]): readonly Cell[] => {
        const random = new Random(fault.seed, `${fault.table}.${fault.column} ${String(row[0])}`);
        return random.chance(fault.share) ? row.with(index, random.pick(fault.values)) : row;
      };
      return [{ ...content, rows: () => mapRows(rows(), mixed) }];
    }
  }
}

/**
 * Adds faults to a dump's tables, in the given order.
 *
 * @throws RangeError when a named table or column doesn't exist
 */
export function plantFaults(contents: readonly TableContent[], faults: readonly SampleFault[]): TableContent[] {
  let planted = [...contents];
  for (const fault of faults) {
    if (!planted.some(({ table }) => table.name === fault.table))
      throw new RangeError(`the sample has no table ${fault.table}`);
    planted = planted.flatMap((content) => (content.table.name === fault.table ? plant(content, fault) : [content]));
  }
  return planted.sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
}
