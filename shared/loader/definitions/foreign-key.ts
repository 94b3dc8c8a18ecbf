import { quoteName } from "../../warehouse/tables/identifier.ts";
import type { DefinitionReader } from "./definition-reader.ts";

/** A parsed foreign key. */
export interface ForeignKeyDefinition {
  constraint?: string | undefined;
  index?: string | undefined;
  /** True for a REFERENCES clause of a column, which MySQL before 9.0 ignores. */
  isInline: boolean;
  columns: readonly string[];
  references: { database: string | undefined; table: string; columns: readonly string[] };
  /** `ON DELETE CASCADE`. */
  actions: readonly string[];
}

const ACTIONS = [["RESTRICT"], ["CASCADE"], ["SET", "NULL"], ["SET", "DEFAULT"], ["NO", "ACTION"]] as const;

/** Reads a foreign key after the words FOREIGN KEY. */
export function readForeignKey(reader: DefinitionReader, constraint: string | undefined): ForeignKeyDefinition {
  const index = reader.sees("(") ? undefined : reader.readName("a foreign key");
  const columns = readColumns(reader);
  if (!reader.drop("REFERENCES")) reader.reject("REFERENCES");
  return { constraint, index, isInline: false, columns, ...readReferences(reader) };
}

/** Reads what follows the word REFERENCES. */
export function readReferences(reader: DefinitionReader): Pick<ForeignKeyDefinition, "references" | "actions"> {
  const table = reader.readTableName();
  const references = { ...table, columns: reader.sees("(") ? readColumns(reader) : [] };
  const actions: string[] = [];
  if (reader.drop("MATCH") && !["FULL", "PARTIAL", "SIMPLE"].some((kind) => reader.drop(kind))) reader.reject("FULL");
  while (reader.drop("ON")) {
    const event = ["DELETE", "UPDATE"].find((word) => reader.drop(word));
    const action = ACTIONS.find((words) => reader.drop(...words));
    if (event === undefined || action === undefined) reader.reject("ON DELETE or ON UPDATE and an action");
    actions.push(`ON ${event} ${action.join(" ")}`);
  }
  return { references, actions };
}

function readColumns(reader: DefinitionReader): string[] {
  const columns: string[] = [];
  reader.capture(() => {
    reader.list(() => columns.push(reader.name("a column")));
  });
  return columns;
}

/**
 * Renders the clause of ALTER TABLE that adds a foreign key to a table of the same schema.
 *
 * @param parent the referenced table, as SQL
 */
export function renderForeignKey(key: ForeignKeyDefinition, parent: string, product: "mysql" | "mariadb"): string {
  const list = (names: readonly string[]): string => `(${names.map(quoteName).join(", ")})`;
  // RESTRICT is the default; MariaDB's ALTER TABLE reads it as NO ACTION, unlike its CREATE TABLE
  const actions = key.actions.filter((action) => product !== "mariadb" || !action.endsWith(" RESTRICT"));
  return [
    "ADD",
    ...(key.constraint === undefined ? [] : ["CONSTRAINT", quoteName(key.constraint)]),
    "FOREIGN KEY",
    ...(key.index === undefined ? [] : [quoteName(key.index)]),
    ...[list(key.columns), "REFERENCES", parent],
    ...(key.references.columns.length === 0 ? [] : [list(key.references.columns)]),
    ...actions,
  ].join(" ");
}
