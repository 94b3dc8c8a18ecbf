import { assertNever } from "../../errors/assert-never.ts";
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

type Part =
  | { is: "column" | "other" }
  | { is: "foreign key"; foreignKey: ForeignKeyDefinition }
  | { is: "key"; key: Omit<KeyDefinition, "tokens"> };

/** Reads one element of the definition: a column, a key or a constraint. */
export function readPart(reader: DefinitionReader, parts: TableParts): void {
  const { tokens, result: part } = reader.capture(() => readConstraint(reader, parts.dropped));
  switch (part.is) {
    case "foreign key":
      parts.foreignKeys.push(part.foreignKey);
      return;
    case "key":
      parts.keys.push({ ...part.key, tokens });
      return;
    case "other":
      parts.others.push(tokens);
      return;
    case "column": {
      const column = readColumn(reader, parts.dropped);
      parts.columns.push(column);
      if (column.foreignKey !== undefined) parts.foreignKeys.push(column.foreignKey);
      return;
    }
    default:
      assertNever(part);
  }
}

function readConstraint(reader: DefinitionReader, dropped: string[]): Part {
  const constraint = readConstraintName(reader);
  if (reader.drop("FOREIGN", "KEY")) return { is: "foreign key", foreignKey: readForeignKey(reader, constraint) };
  if (reader.take("CHECK")) {
    readCheck(reader);
    return { is: "other" };
  }
  if (reader.take("PERIOD", "FOR")) {
    if (!reader.take("SYSTEM_TIME")) reader.name("a period");
    reader.list(() => reader.name("a column"));
    return { is: "other" };
  }
  const key = readKey(reader, dropped);
  return key === undefined ? { is: "column" } : { is: "key", key };
}

function readConstraintName(reader: DefinitionReader): string | undefined {
  if (!reader.take("CONSTRAINT")) return undefined;
  return reader.seesAny(["CHECK", "PRIMARY", "UNIQUE", "FOREIGN"]) ? undefined : reader.name("a constraint");
}
