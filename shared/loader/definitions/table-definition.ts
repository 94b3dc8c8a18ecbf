import { readCheck, readColumn, type ColumnDefinition } from "./column-definition.ts";
import { DefinitionFault, DefinitionReader, type CleanToken } from "./definition-reader.ts";
import { readForeignKey, type ForeignKeyDefinition } from "./foreign-key.ts";
import { readKey, type KeyDefinition } from "./key-definition.ts";
import { readPartitions } from "./partitions.ts";
import { readOptions, type TableOption } from "./table-options.ts";

/** The content of the parentheses of a CREATE TABLE, or what ALTER TABLE adds to it. */
export interface TableParts {
  columns: ColumnDefinition[];
  keys: KeyDefinition[];
  foreignKeys: ForeignKeyDefinition[];
  /** CHECK constraints and periods. */
  others: (readonly CleanToken[])[];
  /** Kinds of elements that were dropped from the definition, one entry for each element. */
  dropped: string[];
}

/** A completely parsed CREATE TABLE. Only its content is sent to the server. */
export interface TableDefinition extends TableParts {
  database: string | undefined;
  table: string;
  options: readonly TableOption[];
  /** PARTITION BY and everything after it. */
  partitions: readonly CleanToken[];
}

export function emptyParts(): TableParts {
  return { columns: [], keys: [], foreignKeys: [], others: [], dropped: [] };
}

/**
 * Parses a CREATE TABLE.
 *
 * @param text the statement without comments; versioned comments are resolved
 * @throws DefinitionFault for anything that is not known to define only this table; it names the column, if any
 * @see MySQL Reference Manual, "CREATE TABLE Statement"; MariaDB Knowledge Base, "CREATE TABLE"
 */
export function parseTableDefinition(text: string): TableDefinition {
  const reader = new DefinitionReader(text);
  const parts = emptyParts();
  reader.drop("CREATE");
  reader.drop("OR", "REPLACE");
  reader.drop("TABLE");
  reader.drop("IF", "NOT", "EXISTS");
  const name = reader.readTableName();
  return inTable(name.table, () => {
    if (!reader.sees("(") || reader.sees("(", "LIKE")) reader.reject("columns in parentheses (no LIKE, no SELECT)");
    reader.list(() => readPart(reader, parts));
    const options = readOptions(reader, parts.dropped);
    const { tokens: partitions } = reader.capture(() => {
      if (!reader.isAtEnd) readPartitions(reader, parts.dropped);
    });
    return { ...name, ...parts, options, partitions };
  });
}

/** Runs `work` and adds the table's name to its fault. */
export function inTable<T>(table: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DefinitionFault)) throw error;
    throw new DefinitionFault(error.message, error.expected, table);
  }
}

/** Reads one element of the definition: a column, a key or a constraint. */
export function readPart(reader: DefinitionReader, parts: TableParts): void {
  const { tokens, result: add } = reader.capture(() => readConstraint(reader, parts));
  add(tokens);
}

/** Reads a key or a constraint, if one comes next; returns how to add what was read. */
function readConstraint(reader: DefinitionReader, parts: TableParts): (tokens: readonly CleanToken[]) => void {
  const constraint = readConstraintName(reader);
  if (reader.drop("FOREIGN", "KEY")) {
    const foreignKey = readForeignKey(reader, constraint);
    return () => parts.foreignKeys.push(foreignKey);
  }
  if (reader.take("CHECK")) {
    readCheck(reader);
    return (tokens) => parts.others.push(tokens);
  }
  if (reader.take("PERIOD", "FOR")) {
    if (!reader.take("SYSTEM_TIME")) reader.name("a period");
    reader.list(() => reader.name("a column"));
    return (tokens) => parts.others.push(tokens);
  }
  const key = readKey(reader, parts.dropped);
  if (key !== undefined) return (tokens) => parts.keys.push({ ...key, tokens });
  return () => {
    const column = readColumn(reader, parts.dropped);
    parts.columns.push(column);
    if (column.foreignKey !== undefined) parts.foreignKeys.push(column.foreignKey);
  };
}

function readConstraintName(reader: DefinitionReader): string | undefined {
  if (!reader.take("CONSTRAINT")) return undefined;
  return reader.seesAny(["CHECK", "PRIMARY", "UNIQUE", "FOREIGN"]) ? undefined : reader.name("a constraint");
}
