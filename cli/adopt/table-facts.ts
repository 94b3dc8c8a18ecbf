import { renderTokens, type CleanToken } from "../../shared/loader/definitions/definition-reader.ts";
import type { ColumnDefinition } from "../../shared/loader/definitions/column-definition.ts";
import type { IndexedTable } from "../../shared/loader/index/dump-index.ts";

/** A column of a dump's table. */
export interface ColumnFacts {
  name: string;
  /** As in CREATE TABLE, in lower case and without character set: `int unsigned`, `varchar(255)`. */
  type: string;
  isNotNull: boolean;
  /** True for a text whose collation tells upper and lower case apart. */
  isCaseSensitive: boolean;
  /** The column's comment; empty without one. */
  comment: string;
}

/** A foreign key: each of the columns refers to the column of the other table at the same place. */
interface Relation {
  columns: readonly string[];
  toTable: string;
  toColumns: readonly string[];
}

/** What `./baton adopt` knows about a table. */
export interface TableFacts {
  name: string;
  rows: number;
  /** Bytes of its INSERT statements. */
  bytes: number;
  columns: ColumnFacts[];
  /** Columns of the primary key, or of the first unique key without NULL, that a model can have as key; else empty. */
  key: string[];
  /** Columns that are unique alone, without those of `key`. */
  unique: string[];
  relations: Relation[];
}

/** Words after a type that belong to it. */
const OF_TYPE = ["UNSIGNED", "ZEROFILL", "PRECISION", "VARYING"];

/** Longest key of InnoDB, and bytes of a character in utf8mb4, in which models store texts. */
const MAX_KEY_BYTES = 3_072;
const CHARACTER_BYTES = 4;

/** Bytes of a text column with a length in a model; 0 for other columns. */
export function textBytes({ type }: Pick<ColumnFacts, "type">): number {
  const length = /^n?(?:var)?char\((\d+)\)/.exec(type)?.[1];
  return length === undefined ? 0 : Number(length) * CHARACTER_BYTES;
}

/** Whether the columns can be the key of a model: no type without a length, and not too long. */
function canBeKey(columns: readonly ColumnFacts[]): boolean {
  const isShort = columns.reduce((sum, column) => sum + textBytes(column), 0) <= MAX_KEY_BYTES;
  return isShort && columns.every(({ type }) => !/text|blob|json|geometry|point|linestring|polygon/.test(type));
}

/** Describes a table of a dump's index. */
export function factsOf({ name, rows, bytes, definition }: IndexedTable): TableFacts {
  const primary = definition.keys.find(({ kind }) => kind === "primary")?.columns ?? [];
  const ownKeys = definition.columns.filter(({ isKey }) => isKey).map((column) => column.name);
  const inPrimary = new Set([...primary, ...ownKeys]);
  const collation = definition.options.find((option) => option.name === "COLLATE")?.tokens.at(-1)?.value ?? "";
  const columns = definition.columns.map((column) =>
    columnOf(column, { isKey: inPrimary.has(column.name), collation }),
  );
  const required = new Map(columns.filter(({ isNotNull }) => isNotNull).map((column) => [column.name, column]));
  const uniques = definition.keys.filter(({ kind }) => kind === "unique").map((key) => namesOf(key.columns));
  const candidates = [namesOf(primary), ownKeys.slice(0, 1), ...uniques];
  const key =
    candidates.find((names) => {
      const found = names.flatMap((column) => required.get(column) ?? []);
      return found.length > 0 && found.length === names.length && canBeKey(found);
    }) ?? [];
  return {
    ...{ name, rows, bytes, columns, key },
    unique: [...new Set(uniques.flatMap((names) => (names.length === 1 && names[0] !== key[0] ? names : [])))],
    relations: definition.foreignKeys.flatMap(({ columns: from, references }): Relation[] => {
      const { table: toTable, columns: toColumns } = references;
      return from.length === 0 || from.length !== toColumns.length ? [] : [{ columns: from, toTable, toColumns }];
    }),
  };
}

/** The columns of a key; none when a part of it is an expression. */
function namesOf(columns: readonly (string | undefined)[]): string[] {
  return columns.every((column) => column !== undefined) ? [...columns] : [];
}

function columnOf(
  { name, tokens, isAutoIncrement }: ColumnDefinition,
  table: { isKey: boolean; collation: string },
): ColumnFacts {
  const [, ...rest] = tokens;
  const isNotNull = rest.some(({ value }, index) => value === "NOT" && rest[index + 1]?.value === "NULL");
  const named = rest.findIndex(({ value, kind }) => value === "COLLATE" && kind === "word");
  const hasCharset = rest.some(({ value, kind }) => value === "CHARSET" || (value === "CHARACTER" && kind === "word"));
  const collation = rest[named + 1]?.value ?? "";
  const effective = named !== -1 ? collation : hasCharset ? "" : table.collation;
  const comment = rest.findIndex(({ value, kind }) => value === "COMMENT" && kind === "word");
  return {
    ...{ name, type: typeOf(rest), isNotNull: isNotNull || table.isKey || isAutoIncrement },
    isCaseSensitive: /_(bin|cs)$/i.test(effective),
    comment: comment === -1 ? "" : (rest[comment + 1]?.value ?? ""),
  };
}

/** The type, which comes first: a word, what is in parentheses, and the words that belong to it. */
function typeOf(tokens: readonly CleanToken[]): string {
  let end = tokens[1]?.text === "(" ? tokens.findIndex(({ text }) => text === ")") + 1 : 1;
  while (OF_TYPE.includes(tokens[end]?.value ?? "")) end += 1;
  const type = tokens.slice(0, end);
  return renderTokens(
    type.map((token) => (token.kind === "word" ? { ...token, text: token.text.toLowerCase() } : token)),
  );
}
