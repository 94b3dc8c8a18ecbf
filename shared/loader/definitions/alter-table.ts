import { readColumn, type ColumnDefinition } from "./column-definition.ts";
import { DefinitionFault, DefinitionReader } from "./definition-reader.ts";
import { emptyParts, inTable, readPart, type TableDefinition, type TableParts } from "./table-definition.ts";
import { readOption, type TableOption } from "./table-options.ts";

/**
 * What an ALTER TABLE or CREATE INDEX of a dump adds to a table. `columns` replace existing columns of the same name.
 */
export interface TableAddition extends TableParts {
  database: string | undefined;
  table: string;
  /** True when the statement only disables or enables keys, so nothing has to be done. */
  isKeySwitch: boolean;
  options: readonly TableOption[];
}

const EXPECTED = "ADD of keys or constraints, MODIFY of columns, AUTO_INCREMENT, ENGINE, KEYS";

/**
 * Parses the forms of ALTER TABLE that dumps contain: `DISABLE KEYS`, `ENABLE KEYS`, `ADD` of keys and constraints,
 * `MODIFY` of columns, `AUTO_INCREMENT = n`, `ENGINE = name`.
 *
 * @throws DefinitionFault for any other form
 */
export function parseAlterTable(text: string): TableAddition {
  const reader = new DefinitionReader(text);
  reader.drop("ALTER");
  reader.drop("IGNORE");
  reader.drop("TABLE");
  reader.drop("ONLY");
  const name = reader.readTableName();
  const parts = emptyParts();
  const columns: ColumnDefinition[] = [];
  const options: TableOption[] = [];
  return inTable(name.table, () => {
    let isKeySwitch = true;
    do {
      if (reader.drop("DISABLE", "KEYS") || reader.drop("ENABLE", "KEYS")) continue;
      isKeySwitch = false;
      if (reader.drop("ADD")) readPart(reader, parts);
      else if (reader.drop("MODIFY", "COLUMN") || reader.drop("MODIFY"))
        columns.push(readColumn(reader, parts.dropped));
      else if (reader.seesAny(["AUTO_INCREMENT", "ENGINE"])) options.push(readOption(reader, parts.dropped));
      else reader.reject(EXPECTED);
    } while (reader.drop(","));
    if (!reader.isAtEnd) reader.reject(EXPECTED);
    if (parts.columns.length > 0) throw new DefinitionFault("ADD of a column", EXPECTED);
    return { ...name, ...parts, columns, options, isKeySwitch };
  });
}

/**
 * Parses `CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX name ON table (columns)` as the key that it adds.
 *
 * @throws DefinitionFault when the statement is not a CREATE INDEX
 */
export function parseCreateIndex(text: string): TableAddition {
  const match =
    /^\s*CREATE\s+(?:(UNIQUE|FULLTEXT|SPATIAL)\s+)?INDEX\s+(`(?:[^`]|``)+`|\w+)\s+(USING\s+\w+\s+)?ON\s+([^]*?)\s*(\([^]*)$/i.exec(
      text,
    );
  if (match === null)
    throw new DefinitionFault("a CREATE INDEX of an unknown form", "CREATE INDEX name ON table (columns)");
  const [, kind = "", index = "", using = "", table = "", rest = ""] = match;
  return parseAlterTable(`ALTER TABLE ${table} ADD ${kind} KEY ${index} ${using} ${rest}`);
}

/** Merges an addition from the same dump into the definition. */
export function withAddition(definition: TableDefinition, addition: TableAddition): TableDefinition {
  return {
    ...definition,
    keys: [...definition.keys, ...addition.keys],
    foreignKeys: [...definition.foreignKeys, ...addition.foreignKeys],
    others: [...definition.others, ...addition.others],
    dropped: [...definition.dropped, ...addition.dropped],
    columns: definition.columns.map(
      (column) => addition.columns.find((changed) => sameName(changed.name, column.name)) ?? column,
    ),
    options: [
      ...definition.options.filter((option) => !addition.options.some(({ name }) => name === option.name)),
      ...addition.options,
    ],
  };
}

/** True for names of the same column. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
