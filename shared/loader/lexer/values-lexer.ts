import * as byte from "./bytes.ts";
import { CommentLexer, type Fail } from "./comment-lexer.ts";
import type { ServerDialect } from "./dialect.ts";
import { shownWord } from "./shown-sql.ts";
import { valueForms, type ValueForm } from "./value-forms.ts";
import { ValueTally } from "./value-tally.ts";

/** The table that the rows are for. */
export interface ValuesTarget {
  /** Number of values that each row must have. */
  columns: number;
  /** Values by column and form; the scanner updates it. */
  tally: ValueTally;
  /** Character sets whose introducer has no effect (`_binary`, `_utf8mb4`, ...). */
  introducers: { has(charset: string): boolean };
}

/** The content between VALUES and the end of the statement. */
export interface ScannedValues {
  /** Byte offset of the first row's `(`. */
  start: number;
  /** Byte offset after the last row's `)`. */
  end: number;
  rows: number;
  /** True when LOAD DATA reads the unchanged bytes as the server's parser does. */
  isCanonical: boolean;
  /** Separator between rows besides the comma, when canonical; undefined for a single row. */
  separator: RowSeparator | undefined;
}

/** Nothing for `),(` as mysqldump writes it, or a newline for one row per line. */
export type RowSeparator = "" | "\n" | "\r\n";

const BEFORE_ROW = 0;
const BEFORE_VALUE = 1;
const AFTER_INTRODUCER = 2;
const TEXT = 3;
const ESCAPE = 4;
const TEXT_END = 5;
const TOKEN = 6;
const DIGITS = 7;
const AFTER_VALUE = 8;
const AFTER_ROW = 9;
const COMMENT = 10;
const DONE = 11;

/** Maximum length of an unquoted token: a number of 65 digits, or an introducer. */
const MAX_TOKEN = 400;
/** Maximum hexadecimal digits of a literal that can be a number; longer ones must have two digits per byte. */
export const MAX_NUMBER_DIGITS = 64;
/** The text before a sign: nothing, or a number with the E of an exponent. */
const BEFORE_SIGN = /^$|^[+-]?[\d.]+[eE]$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+$/;
/** Other values without quotes, except hexadecimal ones. */
const WORDS: readonly (readonly [RegExp, ValueForm])[] = [
  [/^NULL$/i, valueForms.null],
  [/^(?:TRUE|FALSE)$/i, valueForms.bool],
  [/^0b[01]+$/i, valueForms.bits],
];

/**
 * Reads the rows of an INSERT, for any chunk size. It counts rows, checks that every value is a literal, and determines
 * whether LOAD DATA can read the bytes unchanged. Subclasses receive the values in the order of the dump.
 *
 * @see MySQL Reference Manual, "Literal Values", "LOAD DATA Statement"
 */
export abstract class ValuesLexer {
  protected target: ValuesTarget = { columns: 0, tally: new ValueTally(0), introducers: new Set() };
  protected column = 0;
  protected rows = 0;
  /** Byte offset after the last row's `)`. */
  protected end = -1;
  protected separator: RowSeparator | undefined;
  /** The quote around the current text or digits. */
  protected quote: number = byte.QUOTE;
  /** What is before the current digits: `0x`, or the letter of `x'..'` or `b'..'`. */
  protected prefix: "0x" | "x" | "b" = "0x";
  private readonly fail: Fail;
  private readonly comments: CommentLexer;
  private state = DONE;
  /** State to return to after a comment. */
  private outer = BEFORE_ROW;
  /** The current unquoted token. */
  private token = "";
  private digitCount = 0;
  private isIntroduced = false;
  private start = -1;
  private isCanonical = true;
  /** Space since the last comma between rows. */
  private gap = "";
  private hasSpaceAfterRow = false;

  constructor(dialect: ServerDialect, fail: Fail) {
    this.comments = new CommentLexer(dialect, fail);
    this.fail = fail;
  }

  /**
   * Reads consecutive values at the start of a value, if the subclass has a faster way.
   *
   * @returns index of the first value that was not read
   */
  protected scanPlain?(chunk: Uint8Array, from: number, base: number): number;
  /** A value begins in `column`. */
  protected beginColumn?(): void;
  /** A row has ended. */
  protected endRow?(): void;
  /** A character set was read before a value: `_latin1`. */
  protected introducer?(token: string): void;
  protected abstract beginText(text: { isIntroduced: boolean }): void;
  /** Bytes of a text, whose escapes LOAD DATA and the parser read in the same way. */
  protected abstract text(chunk: Uint8Array, start: number, end: number): void;
  /** An escaped byte of a text, with the byte before it: a backslash, or the same quote. */
  protected abstract escape(c: number, before: number): void;
  protected abstract endText(): void;
  /** A value without quotes, except a hexadecimal one. */
  protected abstract value(form: ValueForm, token: string): void;
  protected abstract beginDigits(): void;
  protected digits?(chunk: Buffer, start: number, end: number): void;
  protected endDigits?(): void;

  /** Starts after the word VALUES. */
  begin(target: ValuesTarget): void {
    this.target = target;
    this.state = BEFORE_ROW;
    this.rows = 0;
    this.start = -1;
    this.end = -1;
    this.isCanonical = true;
    this.separator = undefined;
    this.gap = "";
    this.hasSpaceAfterRow = false;
  }

  /** True after the end of the statement. */
  get isDone(): boolean {
    return this.state === DONE;
  }

  /** True inside a quoted text, for the error about a dump that ends there. */
  get isInString(): boolean {
    return this.state === TEXT || this.state === ESCAPE;
  }

  /** The content of the statement; read it when `isDone` is true. */
  get result(): ScannedValues {
    const { start, end, rows, isCanonical, separator } = this;
    return { start, end, rows, isCanonical, separator };
  }

  /**
   * Continues at index `from`.
   *
   * @param base byte offset of the chunk's start from the start of the dump
   * @returns index after the statement's `;`, or the chunk's length when the statement continues in the next chunk
   */
  scan(chunk: Buffer, from: number, base: number): number {
    let i = from;
    while (i < chunk.length && this.state !== DONE) {
      // within bounds because of the loop's condition, like each read below
      const c = chunk[i] as number;
      switch (this.state) {
        case BEFORE_VALUE: {
          const next = this.scanPlain?.(chunk, i, base) ?? i;
          i = next > i ? next : this.beginValue(c, i, base);
          break;
        }
        case AFTER_INTRODUCER:
          i = this.beginValue(c, i, base);
          break;
        case TEXT:
          i = this.readText(chunk, i);
          break;
        case ESCAPE:
          if (isOddEscape(c)) this.isCanonical = false;
          this.escape(c, byte.BACKSLASH);
          this.state = TEXT;
          i += 1;
          break;
        case TEXT_END:
          i = this.endQuoted(c, i);
          break;
        case TOKEN:
          i = this.readToken(chunk, i, base);
          break;
        case DIGITS:
          i = this.readDigits(chunk, i, base);
          break;
        case AFTER_VALUE:
          i = this.afterValue(c, i, base);
          break;
        case AFTER_ROW:
          i = this.afterRow(c, i, base);
          break;
        case BEFORE_ROW:
          i = this.beginRow(c, i, base);
          break;
        default:
          i = this.readComment(chunk, i, base);
      }
    }
    return i;
  }

  private beginRow(c: number, i: number, base: number): number {
    if (c !== byte.OPEN) return this.skip(c, i, base, "`(` before a row");
    if (this.rows === 0) this.start = base + i;
    else this.noteSeparator();
    this.enterColumn(0);
    return i + 1;
  }

  /** Reads the byte after a quote within or after a text. */
  private endQuoted(c: number, i: number): number {
    if (c === this.quote) {
      this.escape(c, c);
      this.state = TEXT;
      return i + 1;
    }
    this.endText();
    this.state = AFTER_VALUE;
    return i;
  }

  private readComment(chunk: Buffer, i: number, base: number): number {
    const next = this.comments.read(chunk, i, base);
    const { outcome, codeText } = this.comments;
    if (outcome === "space") this.state = this.outer;
    if (outcome === "code")
      this.reject(base + next, codeText + show(chunk[i] as number), "a literal value or a comment");
    return next;
  }

  private enterColumn(column: number): void {
    this.column = column;
    this.isIntroduced = false;
    this.state = BEFORE_VALUE;
    this.beginColumn?.();
  }

  private afterValue(c: number, i: number, base: number): number {
    const { columns } = this.target;
    const count = this.column + 1;
    if (c === byte.COMMA) {
      if (count >= columns) this.failColumns(base + i, `more than ${columns} values`);
      this.enterColumn(count);
      return i + 1;
    }
    if (c !== byte.CLOSE) return this.skip(c, i, base, "`,` or `)` after a value");
    if (count !== columns) this.failColumns(base + i, `${count} values`);
    this.rows += 1;
    this.end = base + i + 1;
    this.hasSpaceAfterRow = false;
    this.state = AFTER_ROW;
    this.endRow?.();
    return i + 1;
  }

  private failColumns(offset: number, found: string): never {
    const expected = `${this.target.columns} values per row`;
    return this.fail("DUMP_COLUMN_COUNT", offset, `${found} in row ${this.rows + 1}`, expected);
  }

  private reject(offset: number, found: string, expected: string): never {
    return this.fail("DUMP_SYNTAX", offset, found, expected);
  }

  private afterRow(c: number, i: number, base: number): number {
    if (c === byte.SEMICOLON && !this.comments.isInVersioned) {
      this.state = DONE;
      return i + 1;
    }
    const expected = "`,` or `;` after a row";
    if (byte.isWordByte(c)) {
      this.fail("DUMP_STATEMENT_FORBIDDEN", base + i, `${show(c)}...`, `${expected}: an INSERT of rows only`);
    }
    if (c !== byte.COMMA) return this.skip(c, i, base, expected);
    this.state = BEFORE_ROW;
    this.gap = "";
    if (this.hasSpaceAfterRow) this.isCanonical = false;
    return i + 1;
  }

  private noteSeparator(): void {
    const { gap } = this;
    if (gap === "" || gap === "\n" || gap === "\r\n") this.separator ??= gap;
    if (this.separator !== gap) this.isCanonical = false;
  }

  /** Skips space and comments between tokens; anything else is an error. */
  private skip(c: number, i: number, base: number, expected: string): number {
    const { state } = this;
    const isSpace = byte.isSpace(c);
    if (!isSpace) {
      if (!this.comments.begin(c)) this.reject(base + i, show(c), expected);
      this.outer = state;
      this.state = COMMENT;
    }
    // the separator between rows decides whether space before a row matters
    if (state === BEFORE_ROW && this.gap.length < 3) this.gap += String.fromCharCode(c);
    if (state === AFTER_ROW && isSpace) this.hasSpaceAfterRow = true;
    else if (state !== BEFORE_ROW || (!isSpace && this.rows > 0)) this.isCanonical = false;
    return i + 1;
  }

  private beginValue(c: number, i: number, base: number): number {
    if (isQuote(c)) return this.beginQuoted(c, i);
    const { isIntroduced } = this;
    if (byte.isWordByte(c) || (!isIntroduced && (c === byte.DASH || c === byte.PLUS || c === byte.DOT))) {
      this.token = "";
      this.state = TOKEN;
      return i;
    }
    return this.skip(c, i, base, isIntroduced ? "a string after a character set" : "a literal value");
  }

  private beginQuoted(quote: number, i: number): number {
    if (quote === byte.DOUBLE_QUOTE) this.isCanonical = false;
    this.quote = quote;
    this.state = TEXT;
    this.beginText({ isIntroduced: this.isIntroduced });
    return i + 1;
  }

  private readText(chunk: Uint8Array, from: number): number {
    const { quote } = this;
    const { length } = chunk;
    let i = from;
    for (; i < length; i += 1) {
      const c = chunk[i];
      if (c === quote) break;
      if (c !== byte.BACKSLASH) continue;
      if (i + 1 === length || isOddEscape(chunk[i + 1] as number)) break;
      i += 1;
    }
    this.text(chunk, from, i);
    if (i === length) return i;
    this.state = chunk[i] === quote ? TEXT_END : ESCAPE;
    return i + 1;
  }

  private readToken(chunk: Buffer, from: number, base: number): number {
    let i = from;
    for (; i < chunk.length; i += 1) {
      const c = chunk[i] as number;
      const isSign = c === byte.DASH || c === byte.PLUS;
      const isPart = byte.isWordByte(c) || c === byte.DOT || (isSign && BEFORE_SIGN.test(this.token));
      if (!isPart) return this.endToken(c, i, base);
      this.token += String.fromCharCode(c);
      if (this.token === "0x") return this.enterDigits("0x", i);
      if (this.token.length > MAX_TOKEN) {
        this.fail("DUMP_EXPRESSION", base + i + 1, shownWord(this.token), "a literal value");
      }
    }
    return i;
  }

  /** Handles the end of an unquoted token at byte `next`; its text decides the next state. */
  private endToken(next: number, i: number, base: number): number {
    const { token } = this;
    const isQuoted = isQuote(next);
    const form = isQuoted ? undefined : formOf(token);
    if (form !== undefined) {
      const isNumber = form === valueForms.number || form === valueForms.float;
      if (isNumber ? token.startsWith("+") : token !== "NULL") this.isCanonical = false;
      this.value(form, token);
      this.state = AFTER_VALUE;
      return i;
    }
    this.isCanonical = false;
    if (token === "-" && !isQuoted) {
      // may be a comment
      this.outer = BEFORE_VALUE;
      this.comments.begin(byte.DASH);
      this.state = COMMENT;
      return i;
    }
    const start = base + i - token.length;
    const prefix = token.toLowerCase();
    if (isQuoted && (prefix === "x" || prefix === "b")) {
      this.quote = next;
      return this.enterDigits(prefix, i);
    }
    const isNational = isQuoted && prefix === "n";
    if (!isNational && !token.startsWith("_")) {
      this.fail("DUMP_EXPRESSION", start, shownWord(token) + (isQuoted ? "'...'" : ""), "a literal value");
    }
    this.checkIntroducer(isNational ? "_utf8" : token, start);
    this.isIntroduced = true;
    if (!isNational) this.introducer?.(token);
    if (isQuoted) return this.beginQuoted(next, i);
    this.state = AFTER_INTRODUCER;
    return i;
  }

  private checkIntroducer(token: string, offset: number): void {
    const charset = token.slice(1).toLowerCase();
    if (this.target.introducers.has(charset)) return;
    const found = `text introduced as ${CHARSET_NAME.test(charset) ? token : "no character set"}`;
    this.fail("DUMP_CHARSET", offset, found, "_binary, or the character set of the dump");
  }

  /** Starts hexadecimal digits or bits after the prefix's last byte, which is at index `i`. */
  private enterDigits(prefix: "0x" | "x" | "b", i: number): number {
    this.isCanonical = false;
    this.prefix = prefix;
    this.digitCount = 0;
    this.state = DIGITS;
    this.beginDigits();
    return i + 1;
  }

  private readDigits(chunk: Buffer, from: number, base: number): number {
    const { prefix } = this;
    const end = endOfDigits(chunk, from, prefix === "b" ? 2 : 16);
    if (end > from) {
      this.digitCount += end - from;
      this.digits?.(chunk, from, end);
      if (end === chunk.length) return end;
    }
    const c = chunk[end] as number;
    const count = this.digitCount;
    const isOdd = count % 2 === 1;
    if (prefix === "0x") {
      const isValid = count > 0 && !(isOdd && count > MAX_NUMBER_DIGITS);
      if (!isValid) this.reject(base + end, `0x with ${count} digits`, "two digits per byte");
    } else if (c !== this.quote) {
      this.reject(base + end, show(c), prefix === "x" ? "a hexadecimal digit" : "0 or 1");
    } else if (prefix === "x" && isOdd) {
      this.reject(base + end, "an odd number of hexadecimal digits", "two digits per byte");
    }
    this.state = AFTER_VALUE;
    this.endDigits?.();
    return prefix === "0x" ? end : end + 1;
  }
}

function formOf(token: string): ValueForm | undefined {
  if (NUMBER.test(token)) return valueForms.number;
  if (FLOAT.test(token)) return valueForms.float;
  return WORDS.find(([pattern]) => pattern.test(token))?.[1];
}

/** True for an escape that LOAD DATA and the parser read differently: `\%`, `\_` and `\N`. */
function isOddEscape(c: number): boolean {
  return c === byte.PERCENT || c === byte.UNDERSCORE || c === byte.UPPER_N;
}

function isQuote(c: number): boolean {
  return c === byte.QUOTE || c === byte.DOUBLE_QUOTE;
}

/** Index of the first byte at or after `from` that is not a digit. */
function endOfDigits(chunk: Uint8Array, from: number, radix: number): number {
  const values = byte.HEX_VALUES;
  let i = from;
  while (i < chunk.length && (values[chunk[i] as number] as number) < radix) i += 1;
  return i;
}

/** Prefixes of character set names; any other word may be data of a malformed row. */
const CHARSET_NAME =
  /^(armscii8|ascii|big5|binary|cp\d+|dec8|eucjpms|euckr|gb\w+|geostd8|greek|hebrew|hp8|keybcs2|koi8\w|latin\d|mac\w+|sjis|swe7|tis620|ucs2|ujis|utf\w+)$/;

/** Formats a byte for a message. */
function show(c: number): string {
  return c > byte.SPACE && c < 0x7f ? `\`${String.fromCharCode(c)}\`` : `byte 0x${c.toString(16).padStart(2, "0")}`;
}
