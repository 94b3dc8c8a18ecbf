import type { Cell, Notation } from "../schema/column.ts";

// the characters that mysql_real_escape_string escapes
// eslint-disable-next-line no-control-regex
const SPECIAL = /[\0\n\r\x1a"'\\]/;
/** The backslash first: the others bring backslashes of their own. */
const ESCAPES: readonly (readonly [string, string])[] = [
  ["\\", "\\\\"],
  ['"', '\\"'],
  ["'", "\\'"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\0", "\\0"],
  ["\x1a", "\\Z"],
];

/** Escaped texts by their plain form: a sample's odd texts are few and come again and again. */
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
 * A value as mysqldump writes it in an INSERT: numbers bare, text quoted, bytes with `_binary`, NULL as the word.
 * Bytes come as a string of one character a byte: such rows must be written as latin1.
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

/** Text as a string of one character for each of its UTF-8 bytes, so that it can stand beside raw bytes. */
export function asByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
