import type { Cell, Notation } from "../schema/column.ts";

// the characters that mysql_real_escape_string escapes
// eslint-disable-next-line no-control-regex
const SPECIAL = /[\0\n\r\x1a"'\\]/;
// eslint-disable-next-line no-control-regex
const SPECIALS = /[\0\n\r\x1a"'\\]/g;
const ESCAPES: Record<string, string> = {
  "\0": "\\0",
  "\n": "\\n",
  "\r": "\\r",
  "\x1a": "\\Z",
  '"': '\\"',
  "'": "\\'",
  "\\": "\\\\",
};

/** Escaped texts by their plain form: a sample's odd texts are few and come again and again. */
const escaped = new Map<string, string>();
const MAX_ESCAPED = 10_000;

/** A text literal as mysqldump writes it. @see MySQL Reference Manual, "mysql_real_escape_string_quote" */
export function quoteText(text: string): string {
  if (!SPECIAL.test(text)) return `'${text}'`;
  const known = escaped.get(text);
  if (known !== undefined) return known;
  const quoted = `'${text.replace(SPECIALS, (character) => ESCAPES[character] ?? character)}'`;
  if (escaped.size < MAX_ESCAPED) escaped.set(text, quoted);
  return quoted;
}

/**
 * A value as mysqldump writes it in an INSERT: numbers bare, text quoted, bytes with `_binary`, NULL as the word.
 * Bytes come as a string of one character a byte: such rows must be written as latin1.
 */
export function renderCell(cell: Cell, notation: Notation): string {
  if (cell === null) return "NULL";
  if (typeof cell === "number") return notation === "quoted" ? `'${cell}'` : String(cell);
  if (typeof cell === "string") return notation === "bare" ? cell : quoteText(cell);
  return `_binary ${quoteText(Buffer.from(cell).toString("latin1"))}`;
}

/** Text as a string of one character for each of its UTF-8 bytes, so that it can stand beside raw bytes. */
export function asByteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
