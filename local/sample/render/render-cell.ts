import type { Cell, Notation } from "../schema/column.ts";

// the characters that mysql_real_escape_string escapes
// eslint-disable-next-line no-control-regex
const SPECIAL = /[\0\n\r\x1a"'\\]/;
/** Escapes the backslash first, because the other escapes add backslashes. */
const ESCAPES: readonly (readonly [string, string])[] = [
  ["\\", "\\\\"],
  ['"', '\\"'],
  ["'", "\\'"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\0", "\\0"],
  ["\x1a", "\\Z"],
];

/** Cache of escaped texts: a sample has few texts that need escaping, and repeats them often. */
const escaped = new Map<string, string>();
const MAX_ESCAPED = 10_000;

/** A text literal as mysqldump writes it. @see MySQL Reference Manual, "mysql_real_escape_string_quote" */
export function quoteText(text: string): string {
  if (!SPECIAL.test(text)) return `'${text}'`;
  const known = escaped.get(text);
  if (known !== undefined) return known;
  let plain = text;
  for (const [character, escape] of ESCAPES) {
    if (plain.includes(character)) plain = plain.replaceAll(character, escape);
  }
  const quoted = `'${plain}'`;
  if (escaped.size < MAX_ESCAPED) escaped.set(text, quoted);
  return quoted;
}

/**
 * A value as mysqldump writes it in an INSERT: numbers unquoted, text quoted, bytes with `_binary`, and NULL.
 * Bytes are a string with one character for each byte, so such rows must be written as latin1.
 */
export function renderCell(cell: Cell, notation: Notation): string {
  if (cell === null) return "NULL";
  if (typeof cell === "number") return notation === "bare" ? String(cell) : `'${cell}'`;
  if (typeof cell === "string") {
    if (notation === "bare") return cell;
    return notation === "quoted" ? `'${cell}'` : quoteText(cell);
  }
  return `_binary ${quoteText(Buffer.from(cell).toString("latin1"))}`;
}

/** Text as a string with one character for each of its UTF-8 bytes, so that it can be combined with raw bytes. */
export function asByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
