import type { ColumnProfile } from "./table-profile.ts";

/** A change of a column. */
export interface ColumnDifference {
  column: string;
  /** True when the change breaks readers of the column: it was removed, or its type is of another kind. */
  isBreaking: boolean;
  /** `room_number removed`, `rent: decimal(10,0) -> varchar(20)` */
  text: string;
}

/** Kinds of types: values have the same meaning in all types of a kind. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  integer: ["tinyint", "smallint", "mediumint", "int", "bigint", "bit", "year"],
  decimal: ["decimal", "numeric"],
  float: ["float", "double", "real"],
  text: ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"],
  date: ["date"],
  instant: ["datetime", "timestamp"],
  time: ["time"],
  binary: ["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"],
  json: ["json"],
};

function kindOf(type: string): string {
  const word = /^[a-z]+/i.exec(type)?.[0]?.toLowerCase() ?? type;
  return Object.entries(KINDS).find(([, words]) => words.includes(word))?.[0] ?? word;
}

/** Compares two lists of columns: removed, added, changed type and nullability. Order is ignored. */
export function diffColumns(before: readonly ColumnProfile[], after: readonly ColumnProfile[]): ColumnDifference[] {
  const old = new Map(before.map((column) => [column.name, column]));
  const present = new Map(after.map((column) => [column.name, column]));
  const added = after.filter(({ name }) => !old.has(name));
  const removed = before.filter(({ name }) => !present.has(name));
  return [
    ...removed.map(({ name, type }): ColumnDifference => {
      // a removed column and an added one of the same type: most likely renamed
      const successor =
        removed.filter((column) => column.type === type).length === 1
          ? added.filter((column) => column.type === type)
          : [];
      const hint = successor.length === 1 ? `, perhaps renamed to ${successor[0]?.name ?? ""}` : "";
      return { column: name, isBreaking: true, text: `${name} (${type}) removed${hint}` };
    }),
    ...added.map(({ name, type }): ColumnDifference => ({
      column: name,
      isBreaking: false,
      text: `${name} (${type}) added`,
    })),
    ...after.flatMap((column): ColumnDifference[] => {
      const was = old.get(column.name);
      if (was === undefined || (was.type === column.type && was.isNullable === column.isNullable)) return [];
      const show = ({ type, isNullable }: ColumnProfile): string => `${type}${isNullable ? "" : " not null"}`;
      const isBreaking = kindOf(was.type) !== kindOf(column.type);
      return [{ column: column.name, isBreaking, text: `${column.name}: ${show(was)} -> ${show(column)}` }];
    }),
  ];
}
