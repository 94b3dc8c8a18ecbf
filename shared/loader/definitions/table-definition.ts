import type { SqlToken } from "../lexer/sql-tokens.ts";
import { splitAtCommas, TokenReader } from "../lexer/token-reader.ts";

/** A column as its definition says. */
export interface ColumnDefinition {
  name: string;
  tokens: readonly SqlToken[];
  isGenerated: boolean;
  isInvisible: boolean;
  isAutoIncrement: boolean;
}

/** A key other than a foreign one. */
export interface KeyDefinition {
  kind: "primary" | "unique" | "index" | "fulltext" | "spatial";
  name: string | undefined;
  /** Names of the leading columns; an expression counts as undefined. */
  columns: readonly (string | undefined)[];
  tokens: readonly SqlToken[];
}

/** A foreign key. */
export interface ForeignKeyDefinition {
  name: string | undefined;
  references: { database: string | undefined; table: string };
  tokens: readonly SqlToken[];
}

/** An option behind the columns, such as `ENGINE=InnoDB`. */
export interface TableOption {
  /** Upper case, words joined by a space; `DEFAULT` left out. */
  name: string;
  value: SqlToken | undefined;
  tokens: readonly SqlToken[];
}

/** A CREATE TABLE, taken apart. */
export interface TableDefinition {
  database: string | undefined;
  table: string;
  columns: readonly ColumnDefinition[];
  keys: readonly KeyDefinition[];
  foreignKeys: readonly ForeignKeyDefinition[];
  /** CHECK constraints, periods and other parts that go along unchanged. */
  others: readonly (readonly SqlToken[])[];
  options: readonly TableOption[];
  /** PARTITION BY and all behind it. */
  partitions: readonly SqlToken[];
  /** The statement's text, which the tokens point into. */
  text: string;
}

/** What is wrong with a definition: found and expected, for the message. */
export class DefinitionFault extends Error {
  readonly expected: string;

  constructor(found: string, expected: string) {
    super(found);
    this.name = "DefinitionFault";
    this.expected = expected;
  }
}

/** Options of two words. */
const TWO_WORDS: Readonly<Record<string, readonly string[]>> = {
  CHARACTER: ["SET"],
  DATA: ["DIRECTORY"],
  INDEX: ["DIRECTORY"],
  WITH: ["SYSTEM"],
  STORAGE: ["DISK", "MEMORY"],
};

/**
 * Takes a CREATE TABLE apart.
 *
 * @param text the statement without comments, versioned ones resolved
 * @throws DefinitionFault where it is not CREATE TABLE name (columns and keys) options
 * @see MySQL Reference Manual, "CREATE TABLE Statement"
 */
export function parseTableDefinition(text: string): TableDefinition {
  const reader = new TokenReader(text);
  reader.take("CREATE");
  reader.take("OR", "REPLACE");
  reader.take("TABLE");
  reader.take("IF", "NOT", "EXISTS");
  const name = reader.tableName();
  if (name === undefined) throw new DefinitionFault("a CREATE TABLE without a name", "CREATE TABLE name (...)");
  if (!reader.take("(")) {
    throw new DefinitionFault("a CREATE TABLE without columns (LIKE or SELECT)", "columns in parentheses");
  }
  const body = reader.untilClose();
  if (body === undefined) throw new DefinitionFault("a CREATE TABLE without its closing `)`", "`)`");
  const columns: ColumnDefinition[] = [];
  const keys: KeyDefinition[] = [];
  const foreignKeys: ForeignKeyDefinition[] = [];
  const others: SqlToken[][] = [];
  for (const tokens of splitAtCommas(body)) {
    const part = parsePart(tokens);
    if (part.is === "column") columns.push(part.column);
    else if (part.is === "key") keys.push(part.key);
    else if (part.is === "foreign key") foreignKeys.push(part.foreignKey);
    else others.push(tokens);
  }
  const { options, partitions } = parseOptions(reader);
  return { ...name, columns, keys, foreignKeys, others, options, partitions, text };
}

type Part =
  | { is: "column"; column: ColumnDefinition }
  | { is: "key"; key: KeyDefinition }
  | { is: "foreign key"; foreignKey: ForeignKeyDefinition }
  | { is: "other" };

/** Takes apart what stands between two commas: a column, a key or a constraint. */
export function parsePart(tokens: readonly SqlToken[]): Part {
  let at = 0;
  const sees = (...words: string[]): boolean =>
    words.every((word, index) => tokens[at + index]?.kind === "word" && tokens[at + index]?.value === word);
  let name: string | undefined;
  if (sees("CONSTRAINT")) {
    at += 1;
    const token = tokens[at];
    const isKind = sees("CHECK") || sees("PRIMARY") || sees("UNIQUE") || sees("FOREIGN");
    if (token !== undefined && !isKind) {
      name = nameOf(token);
      at += 1;
    }
  }
  if (sees("FOREIGN", "KEY")) return { is: "foreign key", foreignKey: parseForeignKey(tokens, name) };
  if (sees("CHECK") || sees("PERIOD", "FOR")) return { is: "other" };
  if (sees("PRIMARY", "KEY")) return { is: "key", key: parseKey("primary", tokens, at + 2, name) };
  for (const kind of ["unique", "fulltext", "spatial"] as const) {
    if (!sees(kind.toUpperCase())) continue;
    const hasWord = ["KEY", "INDEX"].includes(tokens[at + 1]?.value ?? "");
    return { is: "key", key: parseKey(kind, tokens, at + (hasWord ? 2 : 1), name) };
  }
  if (sees("KEY") || sees("INDEX")) return { is: "key", key: parseKey("index", tokens, at + 1, name) };
  return { is: "column", column: parseColumn(tokens) };
}

function nameOf(token: SqlToken): string {
  return token.kind === "word" ? token.text : token.value;
}

function parseKey(
  kind: KeyDefinition["kind"],
  tokens: readonly SqlToken[],
  from: number,
  constraint: string | undefined,
): KeyDefinition {
  const open = tokens.findIndex((token, index) => index >= from && token.kind === "symbol" && token.value === "(");
  if (open === -1) throw new DefinitionFault("a key without columns", "columns in parentheses");
  const first = tokens[from];
  const hasName = first !== undefined && from < open && !["USING", "IF"].includes(first.value);
  let close = open;
  for (let depth = 0; close < tokens.length; close += 1) {
    const token = tokens[close];
    if (token?.kind !== "symbol") continue;
    if (token.value === "(") depth += 1;
    if (token.value === ")") depth -= 1;
    if (depth === 0) break;
  }
  const columns = splitAtCommas(tokens.slice(open + 1, close)).map(([column]) =>
    column === undefined || column.kind === "symbol" || column.kind === "string" ? undefined : nameOf(column),
  );
  return { kind, name: hasName ? nameOf(first) : constraint, columns, tokens };
}

function parseForeignKey(tokens: readonly SqlToken[], name: string | undefined): ForeignKeyDefinition {
  const at = tokens.findIndex((token) => token.kind === "word" && token.value === "REFERENCES");
  const [first, dot, second] = tokens.slice(at + 1, at + 4);
  if (at === -1 || first === undefined) throw new DefinitionFault("a foreign key without REFERENCES", "REFERENCES");
  const isQualified = dot?.kind === "symbol" && dot.value === "." && second !== undefined;
  const references = isQualified
    ? { database: nameOf(first), table: nameOf(second) }
    : { database: undefined, table: nameOf(first) };
  return { name, references, tokens };
}

function parseColumn(tokens: readonly SqlToken[]): ColumnDefinition {
  const [first, second] = tokens;
  if (first === undefined || (first.kind !== "name" && first.kind !== "word") || second?.kind !== "word") {
    const found = tokens.map((token) => token.text).join(" ");
    throw new DefinitionFault(`\`${found.slice(0, 80)}\` in a CREATE TABLE`, "a column or a key");
  }
  const words = wordsOutsideParentheses(tokens.slice(1));
  return {
    name: nameOf(first),
    tokens,
    isGenerated: words.includes("AS"),
    isInvisible: words.includes("INVISIBLE"),
    isAutoIncrement: words.includes("AUTO_INCREMENT") || words[0] === "SERIAL",
  };
}

/** Keywords of a definition: words in no parentheses and no quotes. */
export function wordsOutsideParentheses(tokens: readonly SqlToken[]): string[] {
  let depth = 0;
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "symbol" && token.value === "(") depth += 1;
    if (token.kind === "symbol" && token.value === ")") depth -= 1;
    if (token.kind === "word" && depth === 0) words.push(token.value);
  }
  return words;
}

function parseOptions(reader: TokenReader): { options: TableOption[]; partitions: SqlToken[] } {
  const options: TableOption[] = [];
  while (!reader.isAtEnd) {
    if (reader.sees("PARTITION", "BY")) return { options, partitions: reader.tokens.slice(reader.position) };
    const start = reader.position;
    reader.take(",");
    const from = reader.position;
    reader.take("DEFAULT");
    const word = reader.next();
    if (word?.kind !== "word") {
      throw new DefinitionFault(`\`${word?.text ?? ""}\` behind the columns`, "a table option");
    }
    let name = word.value;
    const second = reader.peek();
    if (second?.kind === "word" && TWO_WORDS[name]?.includes(second.value) === true) {
      name = `${name} ${second.value}`;
      reader.next();
    }
    if (name === "WITH SYSTEM") {
      reader.take("VERSIONING");
      options.push({
        name: "WITH SYSTEM VERSIONING",
        value: undefined,
        tokens: reader.tokens.slice(from, reader.position),
      });
      continue;
    }
    reader.take("=");
    const value = reader.next();
    if (value?.kind === "symbol" && value.value === "(") reader.untilClose();
    if (value === undefined && start === reader.position) break;
    options.push({ name, value, tokens: reader.tokens.slice(from, reader.position) });
  }
  return { options, partitions: [] };
}
