import {
  DefinitionFault,
  parsePart,
  type ColumnDefinition,
  type ForeignKeyDefinition,
  type KeyDefinition,
  type TableDefinition,
  type TableOption,
} from "./table-definition.ts";
import { splitAtCommas, TokenReader } from "../lexer/token-reader.ts";

/** What an ALTER TABLE or CREATE INDEX of a dump adds to a table. */
export interface TableAddition {
  database: string | undefined;
  table: string;
  /** True when it only switches keys off or on: nothing to do. */
  isKeySwitch: boolean;
  keys: readonly KeyDefinition[];
  foreignKeys: readonly ForeignKeyDefinition[];
  /** Columns defined anew, which is how phpMyAdmin gives a table its AUTO_INCREMENT. */
  columns: readonly ColumnDefinition[];
  /** Table options set anew: the next value of AUTO_INCREMENT, the engine. */
  options: readonly TableOption[];
  text: string;
}

/**
 * Reads the forms of ALTER TABLE that dumps contain: `DISABLE KEYS`, `ENABLE KEYS`, `ADD` of keys and constraints,
 * `MODIFY` of columns, `AUTO_INCREMENT = n`, `ENGINE = name`.
 *
 * @throws DefinitionFault for any other
 */
export function parseAlterTable(text: string): TableAddition {
  const reader = new TokenReader(text);
  reader.take("ALTER");
  reader.take("IGNORE");
  reader.take("TABLE");
  reader.take("ONLY");
  const name = reader.tableName();
  if (name === undefined) throw new DefinitionFault("an ALTER TABLE without a name", "ALTER TABLE name ...");
  const keys: KeyDefinition[] = [];
  const foreignKeys: ForeignKeyDefinition[] = [];
  const columns: ColumnDefinition[] = [];
  const options: TableOption[] = [];
  let switches = 0;
  const clauses = splitAtCommas(reader.tokens.slice(reader.position));
  for (const tokens of clauses) {
    const [first, second, third] = tokens.map((token) => token.value);
    if ((first === "DISABLE" || first === "ENABLE") && second === "KEYS") switches += 1;
    else if ((first === "AUTO_INCREMENT" || first === "ENGINE") && tokens.length <= 3) {
      options.push({ name: first, value: tokens.at(-1), tokens });
    } else if (first === "ADD") {
      const part = parsePart(tokens.slice(1));
      if (part.is === "key") keys.push(part.key);
      else if (part.is === "foreign key") foreignKeys.push(part.foreignKey);
      else throw unsupported(text);
    } else if (first === "MODIFY") {
      const part = parsePart(tokens.slice(second === "COLUMN" && third !== undefined ? 2 : 1));
      if (part.is !== "column") throw unsupported(text);
      // phpMyAdmin ends the list of columns with AUTO_INCREMENT=n
      columns.push(part.column);
    } else throw unsupported(text);
  }
  const isKeySwitch = switches === clauses.length;
  return { ...name, isKeySwitch, keys, foreignKeys, columns, options, text };
}

/**
 * Reads `CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX name ON table (columns)` as the key that it adds.
 *
 * @throws DefinitionFault when it is none
 */
export function parseCreateIndex(text: string): TableAddition {
  const match =
    /^\s*CREATE\s+(?:(UNIQUE|FULLTEXT|SPATIAL)\s+)?INDEX\s+(`(?:[^`]|``)+`|\w+)\s+(USING\s+\w+\s+)?ON\s+([^]*?)\s*(\([^]*)$/i.exec(
      text,
    );
  if (match === null) throw unsupported(text);
  const [, kind = "", index = "", using = "", table = "", rest = ""] = match;
  return parseAlterTable(`ALTER TABLE ${table} ADD ${kind} KEY ${index} ${using} ${rest}`);
}

/** The definition with an addition of the same dump built in. */
export function withAddition(definition: TableDefinition, addition: TableAddition): TableDefinition {
  // tokens keep pointing into the text they came from, so the parts are only put side by side
  return {
    ...definition,
    keys: [...definition.keys, ...addition.keys],
    foreignKeys: [...definition.foreignKeys, ...addition.foreignKeys],
    columns: definition.columns.map(
      (column) => addition.columns.find((changed) => sameName(changed.name, column.name)) ?? column,
    ),
    options: [
      ...definition.options.filter((option) => !addition.options.some(({ name }) => name === option.name)),
      ...addition.options,
    ],
  };
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function unsupported(text: string): DefinitionFault {
  const shown = text.trim().replace(/\s+/g, " ").slice(0, 120);
  return new DefinitionFault(
    `\`${shown}\``,
    "ADD of keys or constraints, MODIFY of columns, AUTO_INCREMENT, ENGINE, KEYS",
  );
}
