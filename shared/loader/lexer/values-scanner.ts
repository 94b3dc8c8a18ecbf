import * as byte from "./bytes.ts";
import { CommentLexer, type Fail } from "./comment-lexer.ts";
import type { ServerDialect } from "./dialect.ts";
import { shownWord } from "./shown-sql.ts";
import { provesText, textForm } from "./text-form.ts";
import { TextHead } from "./text-head.ts";
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
const STRING = 2;
const STRING_ESCAPE = 3;
const STRING_END = 4;
const BARE = 5;
const HEX_DIGITS = 6;
const AFTER_VALUE = 7;
const AFTER_ROW = 8;
const AFTER_INTRODUCER = 9;
const COMMENT = 10;
const QUOTED_DIGITS = 11;
const DONE = 12;

/** Maximum length of an unquoted token: a number of 65 digits, or an introducer. */
const MAX_BARE = 400;
/** Longer hexadecimal literals are not numbers and must have two digits per byte. */
const MAX_ODD_HEX = 64;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
/** The text before a sign: nothing, or a number with the E of an exponent. */
const BEFORE_SIGN = /^$|^[+-]?[\d.]+[eE]$/;
/** A doubled quote within a quoted text. */
const QUOTES = Uint8Array.of(byte.QUOTE, byte.QUOTE);
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+$/;

/**
 * Reads the rows of an INSERT without decoding or copying them, for any chunk size. It counts rows, checks that every
 * value is a literal, and determines whether LOAD DATA can read the bytes unchanged.
 *
 * @see MySQL Reference Manual, "Literal Values", "LOAD DATA Statement"
 */
export class ValuesScanner {
  private readonly fail: Fail;
  private readonly comments: CommentLexer;
  private target: ValuesTarget = { columns: 0, tally: new ValueTally(0), introducers: new Set() };
  private state = DONE;
  /** State to return to after a comment. */
  private outer = BEFORE_ROW;
  private quote: number = byte.QUOTE;
  /** The start of the current text. */
  private readonly head = new TextHead();
  /** Digits allowed in `x'..'` or `b'..'`, and the number of digits read. */
  private digits = { isHex: true, count: 0 };
  /** The current unquoted token. */
  private bare = "";
  private column = 0;
  private rows = 0;
  private start = -1;
  private end = -1;
  private isCanonical = true;
  private separator: RowSeparator | undefined;
  /** Space since the last comma between rows. */
  private gap = "";
  private hasSpaceAfterRow = false;

  constructor(dialect: ServerDialect, fail: Fail) {
    this.comments = new CommentLexer(dialect, fail);
    this.fail = fail;
  }

  /** Starts after the word VALUES. */
  begin(target: ValuesTarget): void {
    this.target = target;
    this.state = BEFORE_ROW;
    this.column = 0;
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
    return this.state === STRING || this.state === STRING_ESCAPE;
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
  scan(chunk: Uint8Array, from: number, base: number): number {
    const { columns } = this.target;
    const length = chunk.length;
    let state = this.state;
    let column = this.column;
    let rows = this.rows;
    let quote = this.quote;
    let i = from;
    while (i < length && state !== DONE) {
      // within bounds because of the loop's condition, like each read below
      const c = chunk[i] as number;
      switch (state) {
        case BEFORE_VALUE: {
          this.column = column;
          this.rows = rows;
          const next = this.scanPlain(chunk, i, base);
          if (next > i) {
            i = next;
            column = this.column;
            rows = this.rows;
            break;
          }
          if (c === byte.QUOTE) {
            this.head.begin({ isPlain: true });
            quote = byte.QUOTE;
            state = STRING;
            i += 1;
            break;
          }
          state = this.beginOddValue(c, base + i);
          if (state === STRING) quote = this.quote;
          // the first byte of an unquoted token is read again in the next state
          if (state !== BARE) i += 1;
          break;
        }
        case STRING: {
          const textStart = i;
          let s = c;
          for (;;) {
            if (s === quote || s === byte.BACKSLASH) break;
            i += 1;
            if (i >= length) break;
            s = chunk[i] as number;
          }
          this.head.add(chunk, textStart, i);
          if (i >= length) break;
          if (s !== quote) this.head.add(chunk, i, i + 1);
          state = s === quote ? STRING_END : STRING_ESCAPE;
          i += 1;
          break;
        }
        case STRING_ESCAPE:
          // LOAD DATA reads \% \_ and \N differently from the parser
          if (c === byte.PERCENT || c === byte.UNDERSCORE || c === byte.UPPER_N) this.isCanonical = false;
          this.head.add(chunk, i, i + 1);
          state = STRING;
          i += 1;
          break;
        case STRING_END:
          if (c === quote) {
            this.head.add(QUOTES, 0, QUOTES.length);
            state = STRING;
            i += 1;
            break;
          }
          this.head.count(this.target.tally, column);
          state = AFTER_VALUE;
          break;
        case AFTER_VALUE:
          if (c === byte.COMMA) {
            column += 1;
            if (column >= columns) this.failColumns(base + i, `more than ${columns} values`, rows);
            state = BEFORE_VALUE;
            i += 1;
            break;
          }
          if (c === byte.CLOSE) {
            if (column + 1 !== columns) this.failColumns(base + i, `${column + 1} values`, rows);
            column = 0;
            rows += 1;
            this.end = base + i + 1;
            this.hasSpaceAfterRow = false;
            state = AFTER_ROW;
            i += 1;
            break;
          }
          state = this.skip(c, base + i, AFTER_VALUE, "`,` or `)` after a value");
          i += 1;
          break;
        case AFTER_ROW:
          if (c === byte.COMMA) {
            state = BEFORE_ROW;
            this.gap = "";
            if (this.hasSpaceAfterRow) this.isCanonical = false;
            i += 1;
            break;
          }
          if (c === byte.SEMICOLON && !this.comments.isInVersioned) {
            state = DONE;
            i += 1;
            break;
          }
          state = this.skipAfterRow(c, base + i);
          i += 1;
          break;
        case BEFORE_ROW:
          if (c === byte.OPEN) {
            if (rows === 0) this.start = base + i;
            else this.noteSeparator();
            state = BEFORE_VALUE;
            i += 1;
            break;
          }
          if (c === byte.LF || c === byte.CR) this.gap += String.fromCharCode(c);
          else this.gap += " ";
          if (this.gap.length > 2) this.gap = "   ";
          state = this.skipBeforeRow(c, base + i, rows);
          i += 1;
          break;
        default:
          this.column = column;
          this.state = state;
          i = this.oddState(state, chunk, i, base);
          state = this.state;
          quote = this.quote;
      }
    }
    this.state = state;
    this.column = column;
    this.rows = rows;
    this.quote = quote;
    return i;
  }

  /**
   * Reads the most common values: plain numbers, NULL and texts in `'`, as long as value, comma and the row's end are
   * within the chunk. The states handle everything else.
   *
   * @returns index of the first value that was not read
   */
  private scanPlain(chunk: Uint8Array, from: number, base: number): number {
    const { columns, tally } = this.target;
    const last = columns - 1;
    // with this margin, the end of a row is read without a bounds check
    const length = chunk.length - 3;
    let column = this.column;
    let rows = this.rows;
    let end = -1;
    let start = from;
    for (;;) {
      let i = start;
      let form: ValueForm = valueForms.text;
      // i < length on every read, so the byte exists
      let c = i < length ? (chunk[i] as number) : 0;
      if (c === byte.QUOTE) {
        i += 1;
        const isText = provesText(chunk[i] as number);
        while (i < length) {
          c = chunk[i] as number;
          i += 1;
          if (c > byte.BACKSLASH || (c !== byte.QUOTE && c !== byte.BACKSLASH)) continue;
          c = chunk[i] as number;
          if (chunk[i - 1] === byte.QUOTE) {
            if (c !== byte.QUOTE) break;
          } else if (c === byte.PERCENT || c === byte.UNDERSCORE || c === byte.UPPER_N) {
            i = length;
          }
          i += 1;
        }
        if (!isText) form = textForm(chunk, start + 1, i - 1);
      } else if (c === byte.UPPER_N) {
        if (chunk[i + 1] !== byte.UPPER_U || chunk[i + 2] !== byte.UPPER_L || chunk[i + 3] !== byte.UPPER_L) break;
        form = valueForms.null;
        i += 4;
      } else {
        form = valueForms.number;
        if (c === byte.DASH) i += 1;
        const digits = i;
        while (i < length && (c = chunk[i] as number) >= byte.ZERO && c <= byte.NINE) i += 1;
        if (i === digits) break;
        if (c === byte.DOT) {
          i += 1;
          while (i < length && (c = chunk[i] as number) >= byte.ZERO && c <= byte.NINE) i += 1;
        }
      }
      if (i >= length) break;
      c = chunk[i] as number;
      if (c === byte.COMMA && column < last) {
        tally.add(column, form);
        if (form === valueForms.unsureText) tally.unsure.add(column, chunk, start + 1, i - 1);
        column += 1;
        start = i + 1;
        continue;
      }
      if (c !== byte.CLOSE || column !== last || chunk[i + 1] !== byte.COMMA) break;
      const isLine = chunk[i + 2] === byte.LF;
      if (chunk[isLine ? i + 3 : i + 2] !== byte.OPEN) break;
      const separator = isLine ? "\n" : "";
      this.separator ??= separator;
      if (this.separator !== separator) break;
      tally.add(column, form);
      if (form === valueForms.unsureText) tally.unsure.add(column, chunk, start + 1, i - 1);
      column = 0;
      rows += 1;
      end = i + 1;
      start = isLine ? i + 4 : i + 3;
    }
    this.column = column;
    this.rows = rows;
    if (end !== -1) this.end = base + end;
    return start;
  }

  private failColumns(offset: number, found: string, rows: number): never {
    return this.fail(
      "DUMP_COLUMN_COUNT",
      offset,
      `${found} in row ${rows + 1}`,
      `${this.target.columns} values per row`,
    );
  }

  private note(form: ValueForm): void {
    this.target.tally.add(this.column, form);
  }

  private noteSeparator(): void {
    const gap = this.gap;
    if (gap !== "" && gap !== "\n" && gap !== "\r\n") {
      this.isCanonical = false;
      return;
    }
    this.separator ??= gap;
    if (this.separator !== gap) this.isCanonical = false;
  }

  /** Starts a value that does not begin like most values; returns the next state. */
  private beginOddValue(c: number, offset: number): number {
    if (c === byte.DOUBLE_QUOTE) {
      this.head.begin({ isPlain: false });
      this.isCanonical = false;
      this.quote = byte.DOUBLE_QUOTE;
      return STRING;
    }
    if (byte.isWordByte(c) || c === byte.DASH || c === byte.PLUS || c === byte.DOT) {
      this.bare = "";
      return BARE;
    }
    this.isCanonical = false;
    return this.skip(c, offset, BEFORE_VALUE, "a literal value");
  }

  /** Skips space and comments between tokens; anything else is an error. */
  private skip(c: number, offset: number, outer: number, expected: string): number {
    this.isCanonical = false;
    if (byte.isSpace(c)) return outer;
    this.outer = outer;
    if (this.comments.begin(c)) return COMMENT;
    return this.fail("DUMP_SYNTAX", offset, show(c), expected);
  }

  private skipBeforeRow(c: number, offset: number, rows: number): number {
    // the separator between rows decides whether space here matters
    const wasCanonical = this.isCanonical;
    const state = this.skip(c, offset, BEFORE_ROW, "`(` before a row");
    if (state === BEFORE_ROW || rows === 0) this.isCanonical = wasCanonical;
    return state;
  }

  private skipAfterRow(c: number, offset: number): number {
    if (byte.isWordByte(c)) {
      this.fail("DUMP_STATEMENT_FORBIDDEN", offset, `${show(c)}...`, "`,` or `;` after a row: an INSERT of rows only");
    }
    const wasCanonical = this.isCanonical;
    const state = this.skip(c, offset, AFTER_ROW, "`,` or `;` after a row");
    if (state === AFTER_ROW) {
      this.isCanonical = wasCanonical;
      this.hasSpaceAfterRow = true;
    }
    return state;
  }

  /**
   * Handles rare states, one byte or several at a time. Sets `this.state` to the next state and returns the next index.
   */
  private oddState(state: number, chunk: Uint8Array, from: number, base: number): number {
    let i = from;
    // callers pass an index within the chunk
    const c = chunk[i] as number;
    switch (state) {
      case BARE: {
        while (i < chunk.length) {
          const b = chunk[i] as number;
          const isSign = b === byte.DASH || b === byte.PLUS;
          const isPart = byte.isWordByte(b) || b === byte.DOT || (isSign && BEFORE_SIGN.test(this.bare));
          if (!isPart) {
            this.state = this.endBare(b, base + i);
            // the quotes of x'..' and similar literals belong to the value
            return b === byte.QUOTE || b === byte.DOUBLE_QUOTE ? i + 1 : i;
          }
          this.bare += String.fromCharCode(b);
          i += 1;
          if (this.bare === "0x") {
            this.note(valueForms.hex);
            this.isCanonical = false;
            this.state = HEX_DIGITS;
            this.digits = { isHex: true, count: 0 };
            return i;
          }
          if (this.bare.length > MAX_BARE) {
            this.fail("DUMP_EXPRESSION", base + i, this.shownBare(), "a literal value");
          }
        }
        this.state = BARE;
        return i;
      }
      case HEX_DIGITS:
        i = endOfHex(chunk, from);
        this.digits.count += i - from;
        if (i < chunk.length) this.endHex(base + i);
        return i;
      case AFTER_INTRODUCER:
        if (c === byte.QUOTE || c === byte.DOUBLE_QUOTE) {
          this.head.begin({ isPlain: false });
          this.quote = c;
          this.state = STRING;
          return i + 1;
        }
        if (byte.isWordByte(c)) {
          this.bare = "";
          this.state = BARE;
          return i;
        }
        this.state = this.skip(c, base + i, AFTER_INTRODUCER, "a string after a character set");
        return i + 1;
      case COMMENT:
        i = this.comments.read(chunk, i, base);
        if (this.comments.outcome === "space") this.state = this.outer;
        if (this.comments.outcome === "code") {
          this.fail("DUMP_SYNTAX", base + i, this.comments.codeText + show(c), "a literal value or a comment");
        }
        return i;
      case QUOTED_DIGITS:
        if (c === this.quote) {
          if (this.digits.isHex && this.digits.count % 2 === 1) {
            this.fail("DUMP_SYNTAX", base + i, "an odd number of hexadecimal digits", "two digits per byte");
          }
          this.state = AFTER_VALUE;
          return i + 1;
        }
        if (this.digits.isHex) {
          const end = endOfHex(chunk, i);
          if (end === i) this.fail("DUMP_SYNTAX", base + i, show(c), "a hexadecimal digit");
          this.digits.count += end - i;
          return end;
        }
        if (c !== byte.ZERO && c !== byte.ONE) this.fail("DUMP_SYNTAX", base + i, show(c), "0 or 1");
        this.digits.count += 1;
        return i + 1;
      default:
        return this.fail("DUMP_SYNTAX", base + i, show(c), "a row");
    }
  }

  private endHex(offset: number): void {
    const { count } = this.digits;
    if (count === 0 || (count > MAX_ODD_HEX && count % 2 === 1)) {
      this.fail("DUMP_SYNTAX", offset, `0x with ${count} digits`, "two digits per byte");
    }
    this.state = AFTER_VALUE;
  }

  private shownBare(): string {
    return shownWord(this.bare);
  }

  /** Handles the end of an unquoted token at byte `next`; its text decides the next state. */
  private endBare(next: number, offset: number): number {
    const token = this.bare;
    const isQuoted = next === byte.QUOTE || next === byte.DOUBLE_QUOTE;
    if (isQuoted) return this.beginPrefixedString(token, next, offset);
    if (NUMBER.test(token)) {
      this.note(valueForms.number);
      if (token.startsWith("+")) this.isCanonical = false;
      return AFTER_VALUE;
    }
    if (FLOAT.test(token)) {
      this.note(valueForms.float);
      if (token.startsWith("+")) this.isCanonical = false;
      return AFTER_VALUE;
    }
    const word = token.toUpperCase();
    if (word === "NULL") {
      this.note(valueForms.null);
      if (token !== "NULL") this.isCanonical = false;
      return AFTER_VALUE;
    }
    this.isCanonical = false;
    if (token === "-") {
      // may be a comment
      this.outer = BEFORE_VALUE;
      this.comments.begin(byte.DASH);
      return COMMENT;
    }
    if (word === "TRUE" || word === "FALSE") {
      this.note(valueForms.bool);
      return AFTER_VALUE;
    }
    if (/^0[bB][01]+$/.test(token)) {
      this.note(valueForms.bits);
      return AFTER_VALUE;
    }
    if (token.startsWith("_")) {
      this.checkIntroducer(token, offset);
      return AFTER_INTRODUCER;
    }
    return this.fail("DUMP_EXPRESSION", offset - token.length, this.shownBare(), "a literal value");
  }

  /** Starts a string with the prefix `x'`, `b'`, `N'` or `_binary'`; returns the state after the quote. */
  private beginPrefixedString(token: string, quote: number, offset: number): number {
    this.isCanonical = false;
    this.quote = quote;
    const prefix = token.toUpperCase();
    if (prefix === "X" || prefix === "B") {
      this.note(prefix === "X" ? valueForms.hex : valueForms.bits);
      this.digits = { isHex: prefix === "X", count: 0 };
      return QUOTED_DIGITS;
    }
    if (prefix === "N") {
      this.checkIntroducer("_utf8", offset);
    } else if (token.startsWith("_")) {
      this.checkIntroducer(token, offset);
    } else {
      this.fail("DUMP_EXPRESSION", offset - token.length, `${this.shownBare()}'...'`, "a literal value");
    }
    this.head.begin({ isPlain: false });
    return STRING;
  }

  private checkIntroducer(token: string, offset: number): void {
    const charset = token.slice(1).toLowerCase();
    if (this.target.introducers.has(charset)) return;
    const expected = "_binary, or the character set of the dump";
    this.fail(
      "DUMP_CHARSET",
      offset - token.length,
      `text introduced as ${CHARSET_NAME.test(charset) ? token : "no character set"}`,
      expected,
    );
  }
}

/** Index of the first byte at or after `from` that is not a hexadecimal digit. */
function endOfHex(chunk: Uint8Array, from: number): number {
  const values = byte.HEX_VALUES;
  let i = from;
  while (i < chunk.length && values[chunk[i] as number] !== byte.NO_DIGIT) i += 1;
  return i;
}

/** Prefixes of character set names; any other word may be data of a malformed row. */
const CHARSET_NAME =
  /^(armscii8|ascii|big5|binary|cp\d+|dec8|eucjpms|euckr|gb\w+|geostd8|greek|hebrew|hp8|keybcs2|koi8\w|latin\d|mac\w+|sjis|swe7|tis620|ucs2|ujis|utf\w+)$/;

/** Formats a byte for a message. */
function show(c: number): string {
  return c > byte.SPACE && c < 0x7f ? `\`${String.fromCharCode(c)}\`` : `byte 0x${c.toString(16).padStart(2, "0")}`;
}
