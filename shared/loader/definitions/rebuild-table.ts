import { quoteName, quoteTable } from "../../warehouse/tables/identifier.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import { mapCollation, type TargetCollations } from "./collation-map.ts";
import type { SqlToken } from "../lexer/sql-tokens.ts";
import {
  DefinitionFault,
  wordsOutsideParentheses,
  type KeyDefinition,
  type TableDefinition,
  type TableOption,
} from "./table-definition.ts";
import { LIVE_TABLE, NOTES_TABLE } from "./own-tables.ts";

/** The statements that make a table of the dump in the target schema. */
export interface TablePlan {
  /** CREATE TABLE with the primary key and what the rows need. */
  create: string;
  /** Adds the other keys when the rows are in, in this order. */
  addKeys: readonly string[];
  /** Adds the foreign keys when all tables have their keys; undefined when there are none. */
  addForeignKeys: string | undefined;
  /** True when a transaction covers rows and marker together. */
  isTransactional: boolean;
}

/** Engines that keep rows in this server and nowhere else. */
const ENGINES = new Set(["INNODB", "MYISAM", "ARIA", "MEMORY", "HEAP"]);

/** Options that change nothing but the table itself. */
const OPTIONS = new Set([
  "ENGINE",
  "TYPE",
  "AUTO_INCREMENT",
  "CHARSET",
  "CHARACTER SET",
  "COLLATE",
  "COMMENT",
  "ROW_FORMAT",
  "KEY_BLOCK_SIZE",
  "STATS_AUTO_RECALC",
  "STATS_PERSISTENT",
  "STATS_SAMPLE_PAGES",
  "CHECKSUM",
  "TABLE_CHECKSUM",
  "PAGE_CHECKSUM",
  "AVG_ROW_LENGTH",
  "MAX_ROWS",
  "MIN_ROWS",
  "PACK_KEYS",
  "DELAY_KEY_WRITE",
  "TRANSACTIONAL",
  "COMPRESSION",
  "PAGE_COMPRESSED",
  "PAGE_COMPRESSION_LEVEL",
  "ENCRYPTION",
  "WITH SYSTEM VERSIONING",
]);

/** Functions that reach beyond the row, and subqueries: none of them belongs in a definition. */
const FORBIDDEN_WORDS = new Set([
  "LOAD_FILE",
  "SLEEP",
  "BENCHMARK",
  "GET_LOCK",
  "RELEASE_LOCK",
  "RELEASE_ALL_LOCKS",
  "IS_FREE_LOCK",
  "MASTER_POS_WAIT",
  "NEXTVAL",
  "LASTVAL",
  "SETVAL",
  "SELECT",
  "SYS_EXEC",
  "SYS_EVAL",
]);

/**
 * Refuses what must not be made from a dump: other engines, files, tablespaces, remote servers, definers, sequences.
 *
 * @throws DefinitionFault
 * @see handbook, design.md section 11
 */
function checkDefinition(definition: TableDefinition): void {
  checkName(definition.table);
  const engine = optionOf(definition, "ENGINE")?.value?.value.toUpperCase() ?? "INNODB";
  if (!ENGINES.has(engine)) {
    throw new DefinitionFault(`ENGINE=${engine}`, `one of ${[...ENGINES].join(", ")}`);
  }
  for (const option of definition.options) {
    if (OPTIONS.has(option.name)) continue;
    throw new DefinitionFault(
      `table option ${option.name}`,
      "an option of the table itself (no files, servers, tablespaces)",
    );
  }
  const partitionWords = wordsOf(definition.partitions);
  const strange = partitionWords.find((word) => ["DIRECTORY", "TABLESPACE", "CONNECTION"].includes(word));
  if (strange !== undefined) throw new DefinitionFault(`${strange} in a partition`, "partitions without places");
  const parts = [...definition.columns, ...definition.keys].map((part) => part.tokens);
  for (const tokens of [...parts, ...definition.others, definition.partitions]) checkTokens(tokens);
}

/** The loader's own tables stand beside those of the dump. */
function checkName(table: string): void {
  if (table === NOTES_TABLE || table === LIVE_TABLE) {
    throw new DefinitionFault(`a table named ${table}, as the loader's own`, "another name");
  }
  if (/[\u{10000}-\u{10ffff}]/u.test(table)) {
    throw new DefinitionFault(
      `a table named ${quoteName(table)}`,
      "a name of characters up to U+FFFF, as servers want it",
    );
  }
}

function checkTokens(tokens: readonly SqlToken[]): void {
  const forbidden = tokens.find(
    (token, index) =>
      (token.kind === "word" && FORBIDDEN_WORDS.has(token.value) && !isNameOfPart(tokens, index)) ||
      (token.kind === "symbol" && token.value === "@"),
  );
  if (forbidden === undefined) return;
  throw new DefinitionFault(`${forbidden.text} in a definition`, "expressions over columns and constants");
}

/** The first token of a column is its name, whatever it is called. */
function isNameOfPart(tokens: readonly SqlToken[], index: number): boolean {
  return index === 0 && tokens.length > 1;
}

function wordsOf(tokens: readonly SqlToken[]): string[] {
  return tokens.filter((token) => token.kind === "word").map((token) => token.value);
}

function optionOf(definition: TableDefinition, name: string): TableOption | undefined {
  return definition.options.find((option) => option.name === name || (name === "ENGINE" && option.name === "TYPE"));
}

interface RebuildSettings {
  schema: string;
  /** Database that the dump's own names stand for. */
  database: string | undefined;
  collations: TargetCollations;
  product: ServerDialect["product"];
  /** When the keys are made that rows can do without. */
  keys: "before-rows" | "after-rows";
}

/**
 * Rebuilds a table of the dump for the target schema: same columns, keys and options, with the secondary keys split off
 * if wanted, because the server sorts many rows faster than it inserts them one by one, and the foreign keys always.
 *
 * @throws DefinitionFault when the definition must not be made
 */
export function rebuildTable(definition: TableDefinition, settings: RebuildSettings): TablePlan {
  checkDefinition(definition);
  const target = quoteTable(settings.schema, definition.table);
  const render = (tokens: readonly SqlToken[]): string => renderTokens(mapTokens(tokens, settings.collations));
  const isTransactional = (optionOf(definition, "ENGINE")?.value?.value.toUpperCase() ?? "INNODB") === "INNODB";
  const isLate = settings.keys === "after-rows";
  const early = new Set(isLate ? keysBeforeRows(definition) : definition.keys);
  const inner = [
    ...definition.columns.map((column) => column.tokens),
    ...definition.keys.filter((key) => early.has(key)).map((key) => key.tokens),
    ...definition.others,
  ].map(render);
  const isRecalculating = isLate && isTransactional && optionOf(definition, "STATS_AUTO_RECALC") === undefined;
  const options = [
    ...definition.options.map((option) => render(option.tokens)),
    // else the server samples the growing table again and again: a third of its work during a load
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
  const foreignKeys = definition.foreignKeys
    .map((key) => withoutDatabase(key.tokens, settings.database))
    .map((tokens) => `ADD ${render(settings.product === "mariadb" ? withoutRestrict(tokens) : tokens)}`);
  const alter = (clauses: readonly string[]): string => `ALTER TABLE ${target} ${clauses.join(", ")}`;
  return {
    create,
    addKeys: [...fulltext, additions].filter((clauses) => clauses.length > 0).map(alter),
    addForeignKeys: foreignKeys.length > 0 ? alter(foreignKeys) : undefined,
    isTransactional,
  };
}

/**
 * Keys that must be there before the rows: the primary key and, in the dump's order, all up to the one that
 * AUTO_INCREMENT needs, so that the final order of keys is the dump's.
 */
function keysBeforeRows(definition: TableDefinition): readonly KeyDefinition[] {
  const counter = definition.columns.find((column) => column.isAutoIncrement)?.name.toLowerCase();
  const primary = definition.keys.filter((key) => key.kind === "primary");
  const isServed =
    counter === undefined ||
    primary.some((key) => key.columns[0]?.toLowerCase() === counter) ||
    hasInlineKey(definition);
  if (isServed) return primary;
  const isCounter = (column: string | undefined): boolean => column?.toLowerCase() === counter;
  const leading = definition.keys.findIndex((key) => isCounter(key.columns[0]));
  // MyISAM counts within a group, by a key that has the counter further behind
  const last = leading === -1 ? definition.keys.findIndex((key) => key.columns.some(isCounter)) : leading;
  return [...primary, ...definition.keys.slice(0, last + 1)];
}

function hasInlineKey(definition: TableDefinition): boolean {
  const counter = definition.columns.find((column) => column.isAutoIncrement);
  const words = wordsOutsideParentheses(counter?.tokens.slice(1) ?? []);
  return words.includes("KEY") || words.includes("UNIQUE") || words[0] === "SERIAL";
}

/** A foreign key stays within the target schema. */
function withoutDatabase(tokens: readonly SqlToken[], database: string | undefined): readonly SqlToken[] {
  const at = tokens.findIndex((token) => token.kind === "word" && token.value === "REFERENCES");
  const [first, dot] = tokens.slice(at + 1, at + 3);
  if (dot?.value !== "." || first === undefined) return tokens;
  const name = first.kind === "word" ? first.text : first.value;
  if (name !== database) {
    throw new DefinitionFault(`a foreign key into database ${quoteName(name)}`, "tables of the same database");
  }
  return [...tokens.slice(0, at + 1), ...tokens.slice(at + 3)];
}

/** RESTRICT is what holds anyway; MariaDB's ALTER TABLE takes it for NO ACTION, unlike its CREATE TABLE. */
function withoutRestrict(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const isWord = (index: number, value: string): boolean =>
    tokens[index]?.kind === "word" && tokens[index]?.value === value;
  const starts = tokens.flatMap((_, index) => (isWord(index, "ON") && isWord(index + 2, "RESTRICT") ? [index] : []));
  return tokens.filter((_, index) => !starts.some((start) => index >= start && index <= start + 2));
}

/** Puts the server's own collations for those that it lacks. */
function mapTokens(tokens: readonly SqlToken[], collations: TargetCollations): SqlToken[] {
  const mapped: SqlToken[] = [];
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
    const collation = mapCollation(named.kind === "word" ? named.text : named.value, collations);
    if (collation !== undefined) mapped.push(token, { ...named, kind: "word", text: collation, at: -1 });
    index += hasSign ? 2 : 1;
  }
  return mapped;
}

/** Tokens as text, with space where the original had some: `substr (` is not `substr(`. */
function renderTokens(tokens: readonly SqlToken[]): string {
  let text = "";
  let end = -1;
  for (const token of tokens) {
    if (text !== "" && (token.at === -1 || token.at !== end)) text += " ";
    text += token.text;
    end = token.at === -1 ? -2 : token.at + token.text.length;
  }
  return text;
}
