import type { CleanToken, DefinitionReader } from "./definition-reader.ts";

/** A key that is not a foreign key. */
export interface KeyDefinition {
  kind: "primary" | "unique" | "index" | "fulltext" | "spatial" | "vector";
  /** Names of the columns; undefined for an expression. */
  columns: readonly (string | undefined)[];
  tokens: readonly CleanToken[];
}

const KINDS = { UNIQUE: "unique", FULLTEXT: "fulltext", SPATIAL: "spatial", VECTOR: "vector" } as const;

/** Reads a key, whose CONSTRAINT and name may have been written already. Returns undefined when no key comes next. */
export function readKey(reader: DefinitionReader, dropped: string[]): Omit<KeyDefinition, "tokens"> | undefined {
  const kind = readKind(reader);
  if (kind === undefined) return undefined;
  if (!reader.sees("(") && !reader.sees("USING")) reader.name("a key");
  if (reader.take("USING")) reader.takeAny(["BTREE", "HASH", "RTREE"]);
  const columns: (string | undefined)[] = [];
  reader.list(() => columns.push(readKeyPart(reader)));
  readKeyOptions(reader, dropped);
  return { kind, columns };
}

function readKind(reader: DefinitionReader): KeyDefinition["kind"] | undefined {
  if (reader.take("PRIMARY", "KEY")) return "primary";
  if (reader.take("KEY") || reader.take("INDEX")) return "index";
  if (reader.sees("VECTOR") && !reader.sees("VECTOR", "KEY") && !reader.sees("VECTOR", "INDEX")) return undefined;
  const word = reader.takeAny(Object.keys(KINDS));
  if (word === undefined) return undefined;
  reader.takeAny(["KEY", "INDEX"]);
  // one of the keys of KINDS
  return KINDS[word as keyof typeof KINDS];
}

function readKeyPart(reader: DefinitionReader): string | undefined {
  const isExpression = reader.sees("(");
  if (isExpression) reader.expression();
  const name = isExpression ? undefined : reader.name("a column");
  if (!isExpression && reader.sees("(")) reader.list(() => reader.number());
  reader.take("WITHOUT", "OVERLAPS");
  reader.takeAny(["ASC", "DESC"]);
  return name;
}

/** Reads the options of a key that are on the allow-list, and drops others of the form `NAME=value`. */
export function readKeyOptions(reader: DefinitionReader, dropped: string[]): void {
  for (;;) {
    if (reader.take("USING")) reader.takeAny(["BTREE", "HASH", "RTREE"]);
    else if (reader.take("COMMENT")) reader.string();
    else if (reader.take("WITH", "PARSER")) reader.name("a parser");
    else if (reader.take("KEY_BLOCK_SIZE")) {
      reader.take("=");
      reader.number();
    } else if (reader.takeAny(["VISIBLE", "INVISIBLE", "IGNORED"]) === undefined && !reader.take("NOT", "IGNORED")) {
      if (!readEngineOption(reader, dropped)) return;
    }
  }
}

/** Reads `M=8 DISTANCE=euclidean` of a vector key, or an engine-defined option. */
function readEngineOption(reader: DefinitionReader, dropped: string[]): boolean {
  if (reader.sees("M", "=")) {
    reader.expect("M", "=");
    reader.number();
  } else if (reader.take("DISTANCE", "=")) reader.takeAny(["EUCLIDEAN", "COSINE"]);
  else {
    if (!reader.seesOption()) return false;
    reader.readName("an option");
    reader.drop("=");
    reader.dropValue();
    dropped.push("key option");
  }
  return true;
}
