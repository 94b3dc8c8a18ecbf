import * as byte from "../lexer/bytes.ts";
import { nowhere, type ByteSink } from "../lexer/byte-writer.ts";
import type { ColumnAction } from "./column-plan.ts";
import { CommentLexer } from "../lexer/comment-lexer.ts";
import type { ServerDialect } from "../lexer/dialect.ts";

/** The statement that rows are rewritten for. */
export type RowForm =
  /** Fields as LOAD DATA reads them: `1,'a'),(2,'b'),(`. */
  | { form: "fields"; actions: readonly ColumnAction[]; rowEnd: string }
  /**
   * Rows as INSERT reads them: `(1,'a')`. Each row ends with a call of `endRow`. The server computes the columns with
   * the indexes in `computed`. Texts get the introducer of their column (`_latin1 `), if any.
   */
  | { form: "rows"; computed: ReadonlySet<number>; introducers: readonly string[]; endRow(): void };

const BEFORE_ROW = 0;
const BEFORE_VALUE = 1;
const STRING = 2;
const STRING_ESCAPE = 3;
const STRING_END = 4;
const BARE = 5;
const LONG_HEX = 6;
const AFTER_VALUE = 7;
const AFTER_ROW = 8;
const COMMENT = 9;
const QUOTED_DIGITS = 10;

/** Maximum hexadecimal digits of a literal that can be a number; longer literals are always bytes. */
const MAX_NUMBER_DIGITS = 64;
const BYTES_AT_A_TIME = 4 * 1024;
/** The text before a sign: nothing, or a number with the E of an exponent. */
const BEFORE_SIGN = /^$|^[+-]?[\d.]+[eE]$/;
/** Length of `0x` and its digits. */
const MAX_BARE = MAX_NUMBER_DIGITS + 2;

/**
 * Rewrites rows from any form in a dump to the form for LOAD DATA or INSERT: without spaces and comments, with
 * hexadecimal and bit literals as bytes. The index pass has already checked the input.
 *
 * @see ValuesScanner, which reads the same grammar
 */
export class RowRewriter {
  private readonly comments: CommentLexer;
  private readonly rows: ByteSink;
  /** Where bytes go: to the rows, or nowhere for a value that the server computes itself. */
  private out: ByteSink;
  private readonly target: RowForm;
  private state = BEFORE_ROW;
  private outer = BEFORE_ROW;
  private column = 0;
  private quote: number = byte.QUOTE;
  private bare = "";
  private prefix = "";
  private halfByte = -1;
  /** Buffer for the decoded bytes of a long literal. */
  private readonly decoded = new Uint8Array(BYTES_AT_A_TIME);
  /** True when the dump has an introducer before the text. */
  private isIntroduced = false;

  constructor(dialect: ServerDialect, out: ByteSink, target: RowForm) {
    this.comments = new CommentLexer(dialect, unchecked);
    this.rows = out;
    this.out = out;
    this.target = target;
  }

  /** Starts after the word VALUES. */
  begin(): void {
    this.state = BEFORE_ROW;
  }

  /** Reads bytes of the rows. */
  write(piece: Uint8Array): void {
    let i = 0;
    while (i < piece.length) i = this.step(piece, i);
  }

  /** Reads one byte, or consecutive bytes of text; returns the next index. */
  private step(piece: Uint8Array, i: number): number {
    // callers pass an index within the piece
    const c = piece[i] as number;
    switch (this.state) {
      case BEFORE_ROW:
        if (c !== byte.OPEN) return this.skip(c, i);
        this.column = 0;
        if (this.target.form === "rows") this.out.byte(byte.OPEN);
        this.beginColumn();
        return i + 1;
      case BEFORE_VALUE:
        return this.beginValue(c, i);
      case STRING:
        return this.copyString(piece, i);
      case STRING_ESCAPE:
        this.escape(c);
        this.state = STRING;
        return i + 1;
      case STRING_END:
        if (c === this.quote) {
          this.doubledQuote();
          this.state = STRING;
          return i + 1;
        }
        this.out.byte(byte.QUOTE);
        this.state = AFTER_VALUE;
        return i;
      case BARE:
        return this.readBare(c, i);
      case LONG_HEX:
        return this.copyHex(piece, i);
      case QUOTED_DIGITS:
        if (c === this.quote) {
          this.endDigits();
          return i + 1;
        }
        this.bare += String.fromCharCode(c);
        if (this.bare.length > MAX_NUMBER_DIGITS && this.prefix === "x") this.beginLongHex(this.bare);
        return i + 1;
      case AFTER_VALUE:
        if (c === byte.COMMA) {
          this.out = this.rows;
          this.out.byte(byte.COMMA);
          this.column += 1;
          this.beginColumn();
          return i + 1;
        }
        if (c === byte.CLOSE) {
          this.out = this.rows;
          this.endRow();
          return i + 1;
        }
        return this.skip(c, i);
      case AFTER_ROW:
        if (c === byte.COMMA || c === byte.SEMICOLON) {
          this.state = BEFORE_ROW;
          return i + 1;
        }
        return this.skip(c, i);
      case COMMENT: {
        const next = this.comments.read(piece, i, 0);
        if (this.comments.outcome === "code") unchecked("DUMP_SYNTAX", i, this.comments.codeText);
        if (this.comments.outcome === "space") this.state = this.outer;
        return next;
      }
      default:
        throw new TypeError(`state ${this.state}`);
    }
  }

  /** Discards the value of a generated column, which an INSERT must not have although some dumps do. */
  private beginColumn(): void {
    this.state = BEFORE_VALUE;
    this.isIntroduced = false;
    if (this.target.form !== "rows" || !this.target.computed.has(this.column)) return;
    this.out.ascii("DEFAULT");
    this.out = nowhere;
  }

  private endRow(): void {
    this.state = AFTER_ROW;
    if (this.target.form === "fields") {
      this.out.ascii(this.target.rowEnd);
      return;
    }
    this.out.byte(byte.CLOSE);
    this.target.endRow();
  }

  private beginValue(c: number, i: number): number {
    if (c === byte.QUOTE || c === byte.DOUBLE_QUOTE) {
      this.quote = c;
      if (this.target.form === "rows" && !this.isIntroduced) this.out.ascii(this.target.introducers[this.column] ?? "");
      this.out.byte(byte.QUOTE);
      this.state = STRING;
      return i + 1;
    }
    if (byte.isWordByte(c) || c === byte.DASH || c === byte.PLUS || c === byte.DOT) {
      this.bare = "";
      this.state = BARE;
      return i;
    }
    return this.skip(c, i);
  }

  private copyString(piece: Uint8Array, from: number): number {
    let i = from;
    const { quote } = this;
    while (i < piece.length) {
      const c = piece[i];
      if (c === quote || c === byte.QUOTE) break;
      if (c === byte.BACKSLASH) {
        if (i + 1 === piece.length || this.isOddEscape(piece[i + 1] as number)) break;
        i += 1;
      }
      i += 1;
    }
    this.out.copy(piece, from, i);
    if (i === piece.length) return i;
    const c = piece[i];
    if (c === quote) this.state = STRING_END;
    else if (c === byte.BACKSLASH) this.state = STRING_ESCAPE;
    // within "...", an apostrophe is an ordinary character
    else this.quotedByte(byte.QUOTE);
    return i + 1;
  }

  private doubledQuote(): void {
    if (this.quote === byte.QUOTE) this.quotedByte(byte.QUOTE);
    else this.out.byte(this.quote);
  }

  /** SQL preserves the backslash of `\%` and `\_`, but LOAD DATA removes it; LOAD DATA reads `\N` as NULL. */
  private isOddEscape(c: number): boolean {
    return this.target.form === "fields" && (c === byte.UPPER_N || c === byte.PERCENT || c === byte.UNDERSCORE);
  }

  private escape(c: number): void {
    const isField = this.target.form === "fields";
    if (isField && c === byte.UPPER_N) {
      this.out.byte(c);
      return;
    }
    this.out.byte(byte.BACKSLASH);
    if (isField && (c === byte.PERCENT || c === byte.UNDERSCORE)) this.out.byte(byte.BACKSLASH);
    this.out.byte(c);
  }

  private readBare(c: number, i: number): number {
    const isSign = c === byte.DASH || c === byte.PLUS;
    if (byte.isWordByte(c) || c === byte.DOT || (isSign && BEFORE_SIGN.test(this.bare))) {
      this.bare += String.fromCharCode(c);
      if (this.bare.length > MAX_BARE && /^0x/.test(this.bare)) this.beginLongHex(this.bare.slice(2));
      return i + 1;
    }
    const isQuoted = c === byte.QUOTE || c === byte.DOUBLE_QUOTE;
    const token = this.bare;
    if (isQuoted) {
      this.quote = c;
      this.prefix = token.toLowerCase();
      this.bare = "";
      if (this.prefix === "x" || this.prefix === "b") {
        this.state = QUOTED_DIGITS;
        return i + 1;
      }
      this.beginIntroduced(token);
      this.out.byte(byte.QUOTE);
      this.state = STRING;
      return i + 1;
    }
    if (token === "-") {
      this.outer = BEFORE_VALUE;
      this.comments.begin(byte.DASH);
      this.state = COMMENT;
      return i;
    }
    if (token.startsWith("_")) {
      this.beginIntroduced(token);
      this.state = BEFORE_VALUE;
      return i;
    }
    this.endBare(token);
    this.state = AFTER_VALUE;
    return i;
  }

  /** Starts a text with an introducer. Only INSERT needs it: the LOAD DATA statement names the character set. */
  private beginIntroduced(token: string): void {
    if (this.target.form !== "rows" || !token.startsWith("_")) return;
    this.isIntroduced = true;
    this.out.ascii(token);
    this.out.byte(byte.SPACE);
  }

  private endBare(token: string): void {
    const word = token.toUpperCase();
    if (this.target.form === "rows") return this.out.ascii(token);
    if (/^0X/.test(word)) return this.literal(BigInt(token), (token.length - 1) >> 1);
    if (/^0B/.test(word)) return this.literal(BigInt(token), (token.length + 5) >> 3);
    if (word === "TRUE" || word === "FALSE") return this.literal(word === "TRUE" ? 1n : 0n, 1);
    if (word === "NULL") return this.out.ascii("NULL");
    const action = this.target.actions[this.column];
    if (action === "bit") return this.bytes(wholeNumber(token), 1);
    if (action === "year" && Number(token) === 0) return this.out.ascii("0000");
    this.out.ascii(token);
  }

  private endDigits(): void {
    this.state = AFTER_VALUE;
    const digits = this.bare;
    if (this.target.form === "rows") return this.out.ascii(`${this.prefix}'${digits}'`);
    const size = this.prefix === "x" ? digits.length >> 1 : (digits.length + 7) >> 3;
    this.literal(digits === "" ? 0n : BigInt(`0${this.prefix}${digits}`), size);
  }

  /** Writes a hexadecimal or bit literal: as a number for numeric columns, as bytes for all others. */
  private literal(value: bigint, size: number): void {
    const isNumber = this.target.form === "fields" && this.target.actions[this.column] === "number";
    if (isNumber) this.out.ascii(value.toString());
    else this.bytes(value, size);
  }

  private bytes(value: bigint, size: number): void {
    const digits = value.toString(16);
    const hex = digits.padStart(Math.max(size * 2, digits.length + (digits.length % 2)), "0");
    this.out.byte(byte.QUOTE);
    if (size > 0 || value > 0n) for (const c of Buffer.from(hex, "hex")) this.quotedByte(c);
    this.out.byte(byte.QUOTE);
  }

  /** Starts a literal that is too long for a number: its bytes are written while it is read. */
  private beginLongHex(digits: string): void {
    if (this.target.form === "rows") {
      this.out.ascii(this.prefix === "x" && this.state === QUOTED_DIGITS ? `x'${digits}` : `0x${digits}`);
    } else {
      this.out.byte(byte.QUOTE);
      const even = digits.length - (digits.length % 2);
      for (const c of Buffer.from(digits.slice(0, even), "hex")) this.quotedByte(c);
      this.halfByte = even < digits.length ? parseInt(digits.slice(even), 16) : -1;
    }
    this.prefix = this.state === QUOTED_DIGITS ? "x" : "";
    this.state = LONG_HEX;
  }

  /** Writes consecutive hexadecimal digits, as bytes or unchanged; the next other byte ends the literal. */
  private copyHex(piece: Uint8Array, from: number): number {
    const end = this.target.form === "fields" ? this.copyBytes(piece, from) : this.copyDigits(piece, from);
    if (end === piece.length) return end;
    const isQuoted = this.prefix === "x";
    if (this.target.form === "fields" || isQuoted) this.out.byte(byte.QUOTE);
    this.prefix = "";
    this.state = AFTER_VALUE;
    return isQuoted ? end + 1 : end;
  }

  private copyDigits(piece: Uint8Array, from: number): number {
    let i = from;
    while (i < piece.length && byte.HEX_VALUES[piece[i] as number] !== byte.NO_DIGIT) i += 1;
    this.out.copy(piece, from, i);
    return i;
  }

  private copyBytes(piece: Uint8Array, from: number): number {
    const values = byte.HEX_VALUES;
    const { decoded } = this;
    let { halfByte } = this;
    let size = 0;
    let i = from;
    for (; i < piece.length; i += 1) {
      // within bounds because of the loop's condition; the tables cover every byte
      const digit = values[piece[i] as number] as number;
      if (digit === byte.NO_DIGIT) break;
      if (halfByte === -1) {
        halfByte = digit;
        continue;
      }
      const value = halfByte * 16 + digit;
      halfByte = -1;
      const escaped = ESCAPED_BYTES[value] as number;
      if (escaped !== 0) {
        decoded[size] = byte.BACKSLASH;
        size += 1;
      }
      decoded[size] = escaped === 0 ? value : escaped;
      size += 1;
      if (size + 1 < decoded.length) continue;
      this.out.copy(decoded, 0, size);
      size = 0;
    }
    this.out.copy(decoded, 0, size);
    this.halfByte = halfByte;
    return i;
  }

  /** Writes a byte within quotes, escaped as mysqldump does it. */
  private quotedByte(c: number): void {
    const escaped = ESCAPED_BYTES[c] as number;
    if (escaped !== 0) this.out.byte(byte.BACKSLASH);
    this.out.byte(escaped === 0 ? c : escaped);
  }

  /** Skips space and comments between tokens. */
  private skip(c: number, i: number): number {
    if (byte.isSpace(c)) return i + 1;
    this.outer = this.state;
    if (!this.comments.begin(c)) unchecked("DUMP_SYNTAX", i, String.fromCharCode(c));
    this.state = COMMENT;
    return i + 1;
  }
}

/** Fails for input that the index pass should have rejected. */
function unchecked(code: string, at: number, found: string): never {
  throw new TypeError(`${code} at byte ${at} of the rows: ${found}`);
}

/** The character after the backslash for each escaped byte; 0 for bytes that need no escape. */
const ESCAPED_BYTES = new Uint8Array(256);
for (const [value, escaped] of [
  [byte.NUL, byte.ZERO],
  [byte.LF, 0x6e],
  [byte.CR, 0x72],
  [byte.CTRL_Z, byte.UPPER_Z],
  [byte.QUOTE, byte.QUOTE],
  [byte.BACKSLASH, byte.BACKSLASH],
] as const) {
  ESCAPED_BYTES[value] = escaped;
}

function wholeNumber(token: string): bigint {
  return /^\d+$/.test(token) ? BigInt(token) : BigInt(Math.max(0, Math.round(Number(token))));
}
