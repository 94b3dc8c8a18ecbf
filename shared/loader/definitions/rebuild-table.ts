import { quoteName, quoteTable } from "../../warehouse/tables/identifier.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import { mapCollation, type TargetCollations } from "./collation-map.ts";
import { DefinitionFault, renderTokens, type CleanToken } from "./definition-reader.ts";
import { renderForeignKey, type ForeignKeyDefinition } from "./foreign-key.ts";
import type { KeyDefinition } from "./key-definition.ts";
import { OWN_TABLES } from "./own-tables.ts";
import type { TableDefinition } from "./table-definition.ts";

/** The statements that create a table of the dump in the target schema. */
export interface TablePlan {
  /** CREATE TABLE with the primary key and the keys that must exist before the rows. */
  create: string;
  /** Adds the other keys after the rows, in this order. */
  addKeys: readonly string[];
  /** Adds the foreign keys after all tables have their keys; undefined when there are none. */
  addForeignKeys: string | undefined;
  /** Collations that the server lacks, with the ones used instead. */
  replaced: ReadonlyMap<string, string>;
}

interface RebuildSettings {
  schema: string;
  /** The dump's database; references to it become references to the target schema. */
  database: string | undefined;
  collations: TargetCollations;
  product: ServerDialect["product"];
  /** When to create the keys that the rows do not need. */
  keys: "before-rows" | "after-rows";
}

/**
 * Rebuilds a table of the dump in the target schema and in InnoDB, with the same columns, keys and options. Secondary
 * keys are optionally split off, because the server sorts many rows faster than it inserts them one by one. Foreign
 * keys are always split off.
 *
 * @throws DefinitionFault when the definition is not allowed
 */
export function rebuildTable(definition: TableDefinition, settings: RebuildSettings): TablePlan {
  if (OWN_TABLES.has(definition.table)) {
    throw new DefinitionFault(`a table named ${definition.table}, which the loader uses`, "another name");
  }
  const target = quoteTable(settings.schema, definition.table);
  const replaced = new Map<string, string>();
  const render = (tokens: readonly CleanToken[]): string =>
    renderTokens(mapTokens(tokens, settings.collations, replaced));
  const isLate = settings.keys === "after-rows";
  const early = new Set(isLate ? keysBeforeRows(definition) : definition.keys);
  const inner = [
    ...definition.columns.map((column) => column.tokens),
    ...definition.keys.filter((key) => early.has(key)).map((key) => key.tokens),
    ...definition.others,
  ].map(render);
  const isRecalculating = isLate && !definition.options.some(({ name }) => name === "STATS_AUTO_RECALC");
  const options = [
    // without this, the server uses its default engine, which may not be InnoDB
    "ENGINE=InnoDB",
    ...definition.options.map((option) => render(option.tokens)),
    // without this, the server samples the growing table repeatedly: a third of its work during a load
    ...(isRecalculating ? ["STATS_AUTO_RECALC=0"] : []),
    render(definition.partitions),
  ];
  const create = `CREATE TABLE ${target} (\n  ${inner.join(",\n  ")}\n) ${options.join(" ")}`.trimEnd();
  const late = definition.keys.filter((key) => !early.has(key));
  const additions = [
    ...late.filter((key) => key.kind !== "fulltext").map((key) => `ADD ${render(key.tokens)}`),
    ...(isRecalculating ? ["STATS_AUTO_RECALC=DEFAULT"] : []),
  ];
  // InnoDB builds one full-text index at a time
  const fulltext = late.filter((key) => key.kind === "fulltext").map((key) => [`ADD ${render(key.tokens)}`]);
  const foreignKeys = definition.foreignKeys.map((key) =>
    renderForeignKey(key, parentIn(settings, key), settings.product),
  );
  const alter = (clauses: readonly string[]): string => `ALTER TABLE ${target} ${clauses.join(", ")}`;
  return {
    create,
    addKeys: [...fulltext, additions].filter((clauses) => clauses.length > 0).map(alter),
    addForeignKeys: foreignKeys.length > 0 ? alter(foreignKeys) : undefined,
    replaced,
  };
}

/** The table that a foreign key references, in the target schema. */
function parentIn({ schema, database }: RebuildSettings, { references }: ForeignKeyDefinition): string {
  if (references.database !== undefined && references.database !== database) {
    throw new DefinitionFault(
      `a foreign key into database ${quoteName(references.database)}`,
      "tables of the same database",
    );
  }
  return quoteTable(schema, references.table);
}

/**
 * Keys that must exist before the rows: the primary key and all keys, in the dump's order, up to the one that
 * AUTO_INCREMENT needs. This keeps the dump's order of keys in the final table.
 */
function keysBeforeRows(definition: TableDefinition): readonly KeyDefinition[] {
  const counter = definition.columns.find((column) => column.isAutoIncrement);
  const name = counter?.name.toLowerCase();
  const leads = (key: KeyDefinition): boolean => key.columns[0]?.toLowerCase() === name;
  const primary = definition.keys.filter((key) => key.kind === "primary");
  if (counter === undefined || counter.isKey || primary.some(leads)) return primary;
  return [...primary, ...definition.keys.slice(0, definition.keys.findIndex(leads) + 1)];
}

/** Replaces collations that the server lacks, and adds them to `replaced`. */
function mapTokens(
  tokens: readonly CleanToken[],
  collations: TargetCollations,
  replaced: Map<string, string>,
): CleanToken[] {
  const mapped: CleanToken[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    const isCollate = token.kind === "word" && token.value === "COLLATE";
    const hasSign = tokens[index + 1]?.value === "=";
    const named = isCollate ? tokens[index + (hasSign ? 2 : 1)] : undefined;
    if (named === undefined) {
      mapped.push(token);
      continue;
    }
    const collation = mapCollation(named.value, collations);
    if (collation !== named.value) replaced.set(named.value, collation ?? "the default of its character set");
    if (collation !== undefined) mapped.push(token, { ...named, text: quoteName(collation), isGlued: false });
    index += hasSign ? 2 : 1;
  }
  return mapped;
}
