import { DefinitionFault, type CleanToken, type DefinitionReader } from "./definition-reader.ts";

/** An option after the columns, such as `COMMENT='x'`. */
export interface TableOption {
  /** Upper case, without the word DEFAULT. */
  name: string;
  tokens: readonly CleanToken[];
}

/** Engines that store rows only in this server; their tables are created in InnoDB. */
const ENGINES = ["INNODB", "MYISAM", "ARIA", "MEMORY", "HEAP"];
const NUMBERS =
  "AUTO_INCREMENT AVG_ROW_LENGTH CHECKSUM DELAY_KEY_WRITE KEY_BLOCK_SIZE MAX_ROWS MIN_ROWS PACK_KEYS STATS_AUTO_RECALC " +
  "STATS_PERSISTENT STATS_SAMPLE_PAGES";
const ROW_FORMATS = ["DEFAULT", "DYNAMIC", "COMPACT", "REDUNDANT", "COMPRESSED"];

type ReadValue = (reader: DefinitionReader) => void;
const name: ReadValue = (reader) => void reader.name("a character set or collation");
const READERS = new Map<string, ReadValue>([
  ...NUMBERS.split(" ").map((option): [string, ReadValue] => [option, numberOrDefault]),
  ["CHARSET", name],
  ["COLLATE", name],
  ["COMMENT", (reader) => reader.string()],
]);
/** Options that are dropped and that some programs write without `=`. */
const DROPPED = [
  ...[["DATA", "DIRECTORY"], ["INDEX", "DIRECTORY"], ["START", "TRANSACTION"], ["STORAGE"], ["TABLESPACE"]],
  ...[["CONNECTION"], ["UNION"], ["INSERT_METHOD"], ["TRANSACTIONAL"], ["PAGE_CHECKSUM"], ["ENCRYPTION"]],
] as const;

function numberOrDefault(reader: DefinitionReader): void {
  if (!reader.take("DEFAULT")) reader.number();
}

/**
 * Reads table options on the allow-list, up to PARTITION BY or the end. Storage options are dropped and counted.
 *
 * @throws DefinitionFault for an engine that reads data from elsewhere, and for a duplicate option
 */
export function readOptions(reader: DefinitionReader, dropped: string[]): TableOption[] {
  const options: TableOption[] = [];
  const seen = new Set<string>();
  while (!reader.isAtEnd && !reader.sees("PARTITION", "BY")) {
    if (reader.drop(",")) continue;
    reader.drop("DEFAULT");
    const option = readOption(reader, dropped);
    if (option.name !== "" && seen.has(option.name)) {
      throw new DefinitionFault(`the table option ${option.name} twice`, "each option once");
    }
    seen.add(option.name);
    if (option.tokens.length > 0) options.push(option);
  }
  return options;
}

/** Reads one option; the result has no tokens when the option is dropped. */
export function readOption(reader: DefinitionReader, dropped: string[]): TableOption {
  if (["ENGINE", "TYPE"].some((word) => reader.drop(word))) return readEngine(reader, dropped);
  if (reader.drop("ROW_FORMAT")) return readRowFormat(reader, dropped);
  if (reader.sees("WITH")) {
    const { tokens } = reader.capture(() => reader.expect("WITH", "SYSTEM", "VERSIONING"));
    return { name: "VERSIONING", tokens };
  }
  const isCharset = reader.drop("CHARACTER", "SET") || reader.drop("CHARSET");
  const known = isCharset ? "CHARSET" : [...READERS.keys()].find((word) => reader.drop(word));
  if (known === undefined) return dropOption(reader, dropped);
  reader.drop("=");
  const { tokens: value } = reader.capture(() => READERS.get(known)?.(reader));
  return {
    name: known,
    tokens: [{ kind: "word", text: known, value: known, isGlued: false }, ...EQUALS, ...glued(value)],
  };
}

function glued([first, ...rest]: readonly CleanToken[]): CleanToken[] {
  return first === undefined ? [] : [{ ...first, isGlued: true }, ...rest];
}

const EQUALS: readonly CleanToken[] = [{ kind: "other", text: "=", value: "=", isGlued: true }];

function readEngine(reader: DefinitionReader, dropped: string[]): TableOption {
  reader.drop("=");
  const engine = reader.readName("an engine").toUpperCase();
  if (!ENGINES.includes(engine)) throw new DefinitionFault(`ENGINE=${engine}`, `one of ${ENGINES.join(", ")}`);
  if (engine !== "INNODB") dropped.push(`engine ${engine}`);
  return { name: "ENGINE", tokens: [] };
}

function readRowFormat(reader: DefinitionReader, dropped: string[]): TableOption {
  reader.drop("=");
  const format = reader.readName("a row format").toUpperCase();
  if (!ROW_FORMATS.includes(format)) dropped.push("table option");
  const text = `ROW_FORMAT=${format}`;
  const tokens: CleanToken[] = [{ kind: "word", text, value: text, isGlued: false }];
  return { name: "ROW_FORMAT", tokens: ROW_FORMATS.includes(format) ? tokens : [] };
}

function dropOption(reader: DefinitionReader, dropped: string[]): TableOption {
  const listed = DROPPED.some((words) => reader.drop(...words));
  const option = listed ? "" : reader.readName("a table option").toUpperCase();
  if (!reader.drop("=") && !listed) reader.reject(`a table option in place of ${option.slice(0, 64)}`);
  reader.dropValue();
  dropped.push("table option");
  return { name: option, tokens: [] };
}
