import * as byte from "./bytes.ts";
import { CommentLexer, type Fail } from "./comment-lexer.ts";
import type { ServerDialect } from "./dialect.ts";
import { dumpError } from "./dump-error.ts";
import { LineCounter } from "./line-counter.ts";
import type { ScannedValues, ValuesLexer, ValuesTarget } from "./values-lexer.ts";
import { ValuesScanner } from "./values-scanner.ts";

/** A statement that is not an INSERT of rows. */
export interface Statement {
  /** Text without comments, with versioned comments resolved for the server, in the dump's character set. */
  text: Buffer;
  /** Byte offsets from the start of the dump, end exclusive. */
  start: number;
  end: number;
  line: number;
}

/** The part of an INSERT before the rows: `INSERT INTO t (a, b) VALUES`. */
export type InsertHead = Statement;

/** A completely read INSERT. */
export interface Insert extends ScannedValues {
  head: InsertHead;
  /** Byte offset after the statement's `;`. */
  statementEnd: number;
}

/** Receives what the scanner finds, in the order of the dump. */
export interface StatementHandler {
  /** A statement other than INSERT ... VALUES. */
  statement(statement: Statement): void;
  /** The rows of an INSERT begin. Returns the table that they are for. */
  beginInsert(head: InsertHead): ValuesTarget;
  /** Bytes from VALUES to the statement's end, in pieces. */
  insertBytes(piece: Uint8Array): void;
  endInsert(insert: Insert): void;
  /** A line comment outside of statements, without its marker. */
  comment(text: string): void;
  /** Table that an error message should name. */
  readonly table: string | undefined;
}

const CODE = 0;
const QUOTED = 1;
const QUOTED_ESCAPE = 2;
const COMMENT = 3;
const DELIMITER_LINE = 4;
const VALUES = 5;

/** Maximum bytes of a statement other than INSERT; routines and CREATE TABLE are much smaller. */
const MAX_STATEMENT = 16 * 1024 * 1024;
const SEMICOLON = ";";

/**
 * Splits a dump into statements without decoding text. It handles quotes, escapes, comments, versioned comments and
 * DELIMITER lines. The rows of an INSERT are passed to the handler and not collected. The result does not depend on the
 * chunk boundaries.
 *
 * @throws PermanentError DUMP_SYNTAX, DUMP_TRUNCATED and those of `ValuesLexer`, with byte offset, line and table
 * @see MySQL Reference Manual, "Comments", "String Literals", "mysql Client Commands"
 */
export class StatementScanner {
  private readonly handler: StatementHandler;
  private readonly values: ValuesLexer;
  private readonly comments: CommentLexer;
  private readonly lines = new LineCounter();
  /** Byte offset of the current chunk. */
  private base = 0;
  private state = CODE;
  private quote = 0;
  private quoteStart = 0;
  /** Text of the current statement. */
  private text = Buffer.allocUnsafe(64 * 1024);
  private size = 0;
  private start = 0;
  private startLine = 1;
  private hasComment = false;
  private ending = SEMICOLON;
  /** Number of bytes at the end of the text that match the start of a longer delimiter. */
  private matched = 0;
  /** Start of the current word; -1 outside words. */
  private word = -1;
  private isInsert = false;
  private depth = 0;
  private head: InsertHead | undefined;
  /** The head of the last INSERT as written in the dump: dumps repeat it in each statement. */
  private lastHead: Buffer | undefined;

  /** @param lexer reads the rows of INSERTs */
  constructor(
    dialect: ServerDialect,
    handler: StatementHandler,
    lexer: (fail: Fail) => ValuesLexer = (fail) => new ValuesScanner(dialect, fail),
  ) {
    this.handler = handler;
    const fail: Fail = (code, offset, found, expected) => {
      throw this.fault(code, offset, found, expected);
    };
    this.values = lexer(fail);
    this.comments = new CommentLexer(dialect, fail);
  }

  /** The current statement delimiter: `;`, or the delimiter of the last DELIMITER line. */
  get delimiter(): string {
    return this.ending;
  }

  /** Reads the next bytes of the dump. */
  feed(chunk: Buffer): void {
    this.lines.begin(chunk, this.base);
    let i = 0;
    while (i < chunk.length) {
      if (this.state === VALUES) i = this.readValues(chunk, i);
      else if (this.state === CODE && this.size === 0) i = this.beginStatement(chunk, i);
      else i = this.readByte(chunk, i);
    }
    if (this.size > 0 || this.state === VALUES) this.noteStartLine();
    this.lines.end();
    this.base += chunk.length;
  }

  /**
   * Marks the end of the dump.
   *
   * @throws PermanentError DUMP_TRUNCATED when a statement, text or comment is open
   */
  end(): void {
    if (this.state === DELIMITER_LINE && /\s\S/.test(this.text.toString("latin1", 0, this.size)))
      this.endDelimiterLine();
    if (this.state === COMMENT) {
      this.comments.end();
      this.endComment(0);
    }
    const isClean = this.state === CODE && !this.comments.isInVersioned;
    if (isClean && this.isBlank()) return;
    const { start, startLine: line } = this;
    const what = this.openThing();
    throw dumpError("DUMP_TRUNCATED", {
      offset: this.base,
      line: this.lines.total,
      table: this.handler.table,
      found: `the end of the dump within ${what} of the statement that began at byte ${start} (line ${line})`,
      expected: "the end of the statement",
      advice: "The dump is truncated or has an unbalanced quote there: ask the source for a new one.",
    });
  }

  private openThing(): string {
    if (this.state === QUOTED || this.state === QUOTED_ESCAPE) {
      return `a text in ${String.fromCharCode(this.quote)} that began at byte ${this.quoteStart}`;
    }
    if (this.state === DELIMITER_LINE) return "the DELIMITER line";
    if (this.state === VALUES) return this.values.isInString ? "a quoted text" : "the rows";
    return this.state === CODE ? "the text" : "a comment";
  }

  private fault(code: string, offset: number, found: string, expected: string): Error {
    return dumpError(code, { offset, line: this.lines.at(offset), table: this.handler.table, found, expected });
  }

  private noteStartLine(): void {
    if (this.start >= this.base) this.startLine = this.lines.at(this.start);
  }

  private isBlank(): boolean {
    return this.text.subarray(0, this.size).every((c) => byte.isSpace(c));
  }

  /** At the start of a statement, skips the head of an INSERT that is the same as the last one. */
  private beginStatement(chunk: Buffer, i: number): number {
    const head = this.lastHead;
    if (head !== undefined && chunk[i] === head[0] && !this.comments.isInVersioned && this.ending === SEMICOLON) {
      const end = i + head.length;
      if (end < chunk.length && chunk.compare(head, 0, head.length, i, end) === 0) {
        const next = chunk[end];
        if (next !== undefined && !byte.isWordByte(next)) {
          this.start = this.base + i;
          this.beginValues({ text: head, start: this.start, end: this.base + end, line: this.lines.at(this.start) });
          return end;
        }
      }
    }
    return this.readByte(chunk, i);
  }

  private readValues(chunk: Buffer, from: number): number {
    const end = this.values.scan(chunk, from, this.base);
    this.handler.insertBytes(chunk.subarray(from, end));
    const head = this.head;
    if (this.values.isDone && head !== undefined) {
      this.state = CODE;
      this.head = undefined;
      this.handler.endInsert({ ...this.values.result, head, statementEnd: this.base + end });
    }
    return end;
  }

  private beginValues(head: InsertHead): void {
    this.head = head;
    this.state = VALUES;
    this.size = 0;
    this.values.begin(this.handler.beginInsert(head));
  }

  /**
   * Reads one byte outside the rows of an INSERT, or skips ahead within quotes and comments; returns the next index.
   */
  private readByte(chunk: Buffer, i: number): number {
    // callers pass an index within the chunk
    const c = chunk[i] as number;
    switch (this.state) {
      case CODE:
        return this.readCode(c, i);
      case QUOTED:
        return this.readQuoted(chunk, i);
      case QUOTED_ESCAPE:
        this.append(c, i);
        this.state = QUOTED;
        return i + 1;
      case COMMENT: {
        const next = this.comments.read(chunk, i, this.base);
        this.endComment(next);
        return next;
      }
      case DELIMITER_LINE:
        if (c === byte.LF) {
          this.endDelimiterLine();
          return i + 1;
        }
        this.append(c, i);
        return i + 1;
      default:
        throw new TypeError(`state ${this.state}`);
    }
  }

  private readCode(c: number, i: number): number {
    switch (c) {
      case byte.QUOTE:
      case byte.DOUBLE_QUOTE:
      case byte.BACKTICK:
        if (this.endWord(i)) return i;
        this.append(c, i);
        this.quote = c;
        this.quoteStart = this.base + i;
        this.matched = 0;
        this.state = QUOTED;
        return i + 1;
      case byte.SLASH:
      case byte.DASH:
      case byte.HASH:
      case byte.STAR:
        // the values scanner reads everything after VALUES, including comments
        if (this.endWord(i)) return i;
        if (!this.comments.begin(c)) break;
        this.state = COMMENT;
        return i + 1;
      case byte.NUL:
        throw this.fault("DUMP_SYNTAX", this.base + i, "a NUL byte outside of quotes", "SQL");
      case byte.BACKSLASH:
        throw this.fault("DUMP_CLIENT_COMMAND", this.base + i, "a backslash outside of quotes", "SQL");
      default:
    }
    // the byte that ends the word VALUES is the first byte of the rows
    return this.code(c, i) ? i + 1 : i;
  }

  private readQuoted(chunk: Buffer, from: number): number {
    let i = from;
    const { quote } = this;
    const escapes = quote !== byte.BACKTICK;
    while (i < chunk.length) {
      const c = chunk[i];
      // a doubled quote ends the text and starts it again
      if (c === quote || (escapes && c === byte.BACKSLASH)) break;
      i += 1;
    }
    const end = Math.min(i + 1, chunk.length);
    this.appendAll(chunk, from, end);
    if (i < chunk.length) this.state = chunk[i] === quote ? CODE : QUOTED_ESCAPE;
    return end;
  }

  /** Processes a byte of code. Returns false when it is the first byte after VALUES, which must be read again. */
  private code(c: number, i: number): boolean {
    if (byte.isWordByte(c)) {
      if (this.word === -1) this.word = this.size;
    } else if (this.endWord(i)) {
      return false;
    }
    if (this.size === 0 && byte.isSpace(c)) return true;
    if (c === byte.OPEN) this.depth += 1;
    else if (c === byte.CLOSE) this.depth -= 1;
    this.append(c, i);
    if (this.ending === SEMICOLON) {
      if (c === byte.SEMICOLON) this.endStatement(i, 1);
    } else {
      this.matchDelimiter(c, i);
    }
    return true;
  }

  private matchDelimiter(c: number, i: number): void {
    const delimiter = this.ending;
    if (c !== delimiter.charCodeAt(this.matched)) this.matched = 0;
    if (c !== delimiter.charCodeAt(this.matched)) return;
    this.matched += 1;
    if (this.matched === delimiter.length) this.endStatement(i, delimiter.length);
  }

  /** Checks whether a word ends here; returns true when it is the VALUES of an INSERT. */
  private endWord(i: number): boolean {
    const start = this.word;
    if (start === -1) return false;
    this.word = -1;
    const length = this.size - start;
    if (length > 9) return false;
    const word = this.text.toString("latin1", start, this.size).toUpperCase();
    if (start === 0) {
      this.isInsert = word === "INSERT" || word === "REPLACE";
      if (word === "DELIMITER") this.state = DELIMITER_LINE;
      return false;
    }
    if (!this.isInsert || this.depth !== 0 || (word !== "VALUES" && word !== "VALUE")) return false;
    if (this.comments.isInVersioned || this.ending !== SEMICOLON) {
      const found = this.comments.isInVersioned ? "rows in a versioned comment" : `rows under DELIMITER ${this.ending}`;
      throw this.fault("DUMP_SYNTAX", this.base + i, found, "an INSERT that ends with `;`");
    }
    const { hasComment } = this;
    const head = this.takeStatement(this.size, this.base + i);
    if (!hasComment) this.lastHead = head.text;
    this.beginValues(head);
    return true;
  }

  /** Returns the current statement, and is ready for the next one. */
  private takeStatement(size: number, end: number): Statement {
    const text = Buffer.from(this.text.subarray(0, size));
    this.noteStartLine();
    this.reset();
    return { text, start: this.start, end, line: this.startLine };
  }

  private reset(): void {
    this.size = 0;
    this.word = -1;
    this.isInsert = false;
    this.depth = 0;
    this.matched = 0;
    this.hasComment = false;
  }

  private endStatement(i: number, delimiterLength: number): void {
    if (this.comments.isInVersioned) {
      throw this.fault("DUMP_SYNTAX", this.base + i, "the end of a statement in a versioned comment", "`*/`");
    }
    this.handler.statement(this.takeStatement(this.size - delimiterLength, this.base + i + 1));
  }

  private endDelimiterLine(): void {
    const line = this.text.toString("latin1", 0, this.size);
    const delimiter = /^delimiter\s+(\S+)/i.exec(line)?.[1];
    if (delimiter === undefined || delimiter.includes("\\")) {
      throw this.fault("DUMP_SYNTAX", this.start, `"${line.trim()}"`, "DELIMITER and the delimiter");
    }
    this.ending = delimiter;
    this.state = CODE;
    this.reset();
  }

  /** Replaces a comment by a space. The text of a line comment outside of statements goes to the handler. */
  private endComment(next: number): void {
    const { outcome, codeText, lineText } = this.comments;
    if (outcome === "open") return;
    this.state = CODE;
    if (outcome === "code") {
      for (let at = 0; at < codeText.length; at += 1) this.code(codeText.charCodeAt(at), next - codeText.length + at);
      return;
    }
    if (!this.isBlank()) this.hasComment = true;
    else if (lineText !== "") this.handler.comment(lineText.trim());
    this.code(byte.SPACE, next - 1);
  }

  private append(c: number, i: number): void {
    if (this.size === 0) this.start = this.base + i;
    if (this.size === this.text.length) this.grow(1);
    this.text[this.size] = c;
    this.size += 1;
  }

  private appendAll(chunk: Buffer, from: number, end: number): void {
    if (this.size + end - from > this.text.length) this.grow(end - from);
    chunk.copy(this.text, this.size, from, end);
    this.size += end - from;
  }

  private grow(more: number): void {
    if (this.size + more > MAX_STATEMENT) {
      throw this.fault(
        "DUMP_SYNTAX",
        this.start,
        `a statement of over ${MAX_STATEMENT} bytes that is not an INSERT of rows`,
        "its end",
      );
    }
    const larger = Buffer.allocUnsafe(Math.max(this.text.length * 2, this.size + more));
    this.text.copy(larger, 0, 0, this.size);
    this.text = larger;
  }
}
