import { quoteName } from "../../warehouse/tables/identifier.ts";
import { DefinitionFault, type CleanToken, type DefinitionReader } from "./definition-reader.ts";
import { readReferences, type ForeignKeyDefinition } from "./foreign-key.ts";
import { readKeyOptions } from "./key-definition.ts";

export interface ColumnDefinition {
  name: string;
  tokens: readonly CleanToken[];
  /** Who sets its values: the rows, an expression, or MariaDB's row versions (ROW START, ROW END). */
  source: "rows" | "expression" | "row-version";
  isInvisible: boolean;
  isAutoIncrement: boolean;
  /** True when the column's own definition makes it a key. */
  isKey: boolean;
  /** Its REFERENCES clause, as a key of the table. */
  foreignKey: ForeignKeyDefinition | undefined;
}

const words = (text: string): readonly string[] => text.split(" ");
/** Types, grouped by what follows their name: nothing, numbers, or strings in parentheses. */
const PLAIN = words(
  "bool boolean tinytext tinyblob mediumtext mediumblob longtext longblob json serial uuid inet4 inet6 date " +
    "geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection geomcollection",
).map((type) => type.toUpperCase());
const SIZED = words(
  "bit tinyint smallint mediumint middleint int integer bigint int1 int2 int3 int4 int8 decimal dec numeric fixed number " +
    "float float4 float8 double real char character varchar varcharacter nchar nvarchar binary varbinary text blob clob " +
    "year time datetime timestamp vector long raw varchar2",
).map((type) => type.toUpperCase());
const LISTED = ["ENUM", "SET"];

/**
 * Reads a column. Name, type and attributes must be on the allow-list; attributes that only tune storage are dropped.
 */
export function readColumn(reader: DefinitionReader, dropped: string[]): ColumnDefinition {
  const column: ColumnFlags & { name: string } = {
    ...{ name: "", source: "rows", isInvisible: false, isAutoIncrement: false, isKey: false },
  };
  let foreignKey: ForeignKeyDefinition | undefined;
  const { tokens } = reader.capture(() => {
    column.name = reader.name("a column");
    inColumn(column.name, () => {
      if (readType(reader) === "SERIAL") Object.assign(column, { isAutoIncrement: true, isKey: true });
      while (!reader.isAtEnd && !reader.sees(",") && !reader.sees(")")) {
        if (reader.drop("REFERENCES")) {
          foreignKey = { isInline: true, columns: [column.name], ...readReferences(reader) };
        } else readAttribute(reader, column, dropped);
      }
    });
  });
  return { ...column, tokens, foreignKey };
}

/** The column without its expression, so that it stores the values of the rows. */
export function withoutExpression(column: ColumnDefinition): ColumnDefinition {
  const end = column.tokens.findIndex(({ kind, value }) => kind === "word" && /^(?:GENERATED|AS)$/.test(value));
  return { ...column, tokens: column.tokens.slice(0, end), source: "rows", isKey: false };
}

/** Runs `work` and adds the column's name to its fault. */
function inColumn(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DefinitionFault)) throw error;
    throw new DefinitionFault(`${error.message} in column ${quoteName(name)}`, error.expected);
  }
}

function readType(reader: DefinitionReader): string {
  reader.take("NATIONAL");
  const plain = reader.takeAny(PLAIN);
  if (plain !== undefined) return plain;
  const sized = reader.takeAny(SIZED);
  if (sized !== undefined) {
    if (sized === "LONG") reader.takeAny(["VARCHAR", "VARBINARY", "CHAR", "TEXT"]);
    reader.takeAny(["VARYING", "PRECISION", "BYTE"]);
    if (reader.sees("(")) reader.list(() => reader.number());
    return sized;
  }
  const listed = reader.takeAny(LISTED);
  if (listed === undefined) reader.reject("a column type");
  reader.list(() => reader.string());
  return listed;
}

type ColumnFlags = Pick<ColumnDefinition, "source" | "isInvisible" | "isAutoIncrement" | "isKey">;

const FLAGS = ["UNSIGNED", "SIGNED", "ZEROFILL", "BINARY", "ASCII", "UNICODE", "BYTE", "NULL", "VISIBLE"];

function readAttribute(reader: DefinitionReader, column: ColumnFlags, dropped: string[]): void {
  if (reader.takeAny(FLAGS) !== undefined) return;
  if (reader.take("NOT", "NULL")) return;
  if (reader.take("CHARACTER", "SET") || reader.take("CHARSET") || reader.take("COLLATE")) {
    reader.take("=");
    return void reader.name("a character set or collation");
  }
  if (reader.take("COMMENT")) return reader.string();
  if (reader.take("DEFAULT") || reader.take("ON", "UPDATE")) return reader.constant();
  if (reader.take("AUTO_INCREMENT")) return void (column.isAutoIncrement = true);
  if (reader.take("INVISIBLE")) return void (column.isInvisible = true);
  if (reader.take("SERIAL", "DEFAULT", "VALUE"))
    return void Object.assign(column, { isAutoIncrement: true, isKey: true });
  if (reader.take("PRIMARY", "KEY") || reader.take("UNIQUE", "KEY") || reader.take("UNIQUE") || reader.take("KEY")) {
    column.isKey = true;
    return readKeyOptions(reader, dropped);
  }
  if (readGenerated(reader, column)) return;
  if (reader.take("CONSTRAINT") && !reader.sees("CHECK")) reader.name("a constraint");
  if (reader.take("CHECK")) return readCheck(reader);
  if (reader.take("SRID") || reader.take("REF_SYSTEM_ID")) {
    reader.take("=");
    return reader.number();
  }
  if (reader.take("WITHOUT", "SYSTEM", "VERSIONING") || reader.take("WITH", "SYSTEM", "VERSIONING")) return;
  if (reader.take("COMPRESSED")) return;
  dropAttribute(reader, dropped);
}

/** Reads the clause of a generated column, or of a bound of a system-versioned row. */
function readGenerated(reader: DefinitionReader, column: ColumnFlags): boolean {
  const isLong = reader.take("GENERATED", "ALWAYS");
  if (!reader.take("AS")) {
    if (isLong) reader.reject("AS");
    return false;
  }
  column.source = reader.take("ROW", "START") || reader.take("ROW", "END") ? "row-version" : "expression";
  if (column.source === "row-version") return true;
  reader.expression();
  reader.takeAny(["VIRTUAL", "STORED", "PERSISTENT"]);
  return true;
}

/** Reads the condition of a CHECK. */
export function readCheck(reader: DefinitionReader): void {
  reader.expression();
  if (!reader.take("NOT", "ENFORCED")) reader.take("ENFORCED");
}

/** Drops attributes that tune storage, and engine-defined ones of the form `NAME=value`. */
function dropAttribute(reader: DefinitionReader, dropped: string[]): void {
  const isStorage = reader.drop("COLUMN_FORMAT") || reader.drop("STORAGE");
  const name = isStorage ? "storage" : reader.readName("an attribute");
  if (!isStorage && !reader.drop("=")) reader.reject(`an attribute of a column in place of ${name.slice(0, 64)}`);
  reader.dropValue();
  dropped.push("column attribute");
}
