import * as byte from "../lexer/bytes.ts";
import { nowhere, type ByteSink } from "../lexer/byte-writer.ts";
import type { ColumnAction } from "./column-plan.ts";
import type { Fail } from "../lexer/comment-lexer.ts";
import type { ServerDialect } from "../lexer/dialect.ts";
import { valueForms, type ValueForm } from "../lexer/value-forms.ts";
import { ValueTally } from "../lexer/value-tally.ts";
import { MAX_NUMBER_DIGITS, ValuesLexer, type ValuesTarget } from "../lexer/values-lexer.ts";

/** The statement that rows are rewritten for. */
export type RowForm =
  /** Fields as LOAD DATA reads them: `1,'a'),(2,'b'),(`. */
  | { form: "fields"; actions: readonly ColumnAction[]; rowEnd: string }
  /**
   * Rows as INSERT reads them: `(1,'a')`. Each row ends with a call of `endRow`. The server computes the columns with
   * the indexes in `computed`. Texts get the introducer of their column (`_latin1 `), if any.
   */
  | { form: "rows"; computed: ReadonlySet<number>; introducers: readonly string[]; endRow(): void };

const BYTES_AT_A_TIME = 4 * 1024;

/** The target of rows that the index pass has checked. */
export function checkedRows(columns: number): ValuesTarget {
  return { columns, tally: new ValueTally(0), introducers: { has: () => true } };
}

/**
 * Rewrites rows from any form in a dump to the form for LOAD DATA or INSERT: without spaces and comments, with
 * hexadecimal and bit literals as bytes. The index pass has already checked the input.
 */
export class RowRewriter extends ValuesLexer {
  private readonly sink: ByteSink;
  /** Where bytes go: to the sink, or nowhere for a value that the server computes itself. */
  private out: ByteSink;
  private readonly form: RowForm;
  /** Digits of the current literal, while it can be a number. */
  private number = "";
  /** True when the literal is too long for a number: its bytes are written while it is read. */
  private isLong = false;
  private halfByte = -1;
  /** Buffer for the decoded bytes of a long literal. */
  private readonly decoded = new Uint8Array(BYTES_AT_A_TIME);

  constructor(dialect: ServerDialect, fail: Fail, out: ByteSink, form: RowForm) {
    super(dialect, fail);
    this.sink = out;
    this.out = out;
    this.form = form;
  }

  /** Discards the value of a generated column, which an INSERT must not have although some dumps do. */
  protected override beginColumn(): void {
    const { form, sink, column } = this;
    this.out = sink;
    if (column > 0) sink.byte(byte.COMMA);
    else if (form.form === "rows") sink.byte(byte.OPEN);
    if (form.form !== "rows" || !form.computed.has(column)) return;
    sink.ascii("DEFAULT");
    this.out = nowhere;
  }

  protected override endRow(): void {
    if (this.form.form === "fields") {
      this.sink.ascii(this.form.rowEnd);
      return;
    }
    this.sink.byte(byte.CLOSE);
    this.form.endRow();
  }

  /** Only INSERT needs an introducer: the LOAD DATA statement names the character set. */
  protected override introducer(token: string): void {
    if (this.form.form === "rows") this.out.ascii(`${token} `);
  }

  protected override beginText({ isIntroduced }: { isIntroduced: boolean }): void {
    if (this.form.form === "rows" && !isIntroduced) this.out.ascii(this.form.introducers[this.column] ?? "");
    this.out.byte(byte.QUOTE);
  }

  protected override text(chunk: Uint8Array, from: number, end: number): void {
    let start = from;
    // within "...", an apostrophe is an ordinary character
    for (let i = from; i < end && this.quote === byte.DOUBLE_QUOTE; i += 1) {
      if (chunk[i] === byte.BACKSLASH) i += 1;
      else if (chunk[i] === byte.QUOTE) {
        this.out.copy(chunk, start, i);
        this.out.byte(byte.BACKSLASH);
        start = i;
      }
    }
    this.out.copy(chunk, start, end);
  }

  /** SQL preserves the backslash of `\%` and `\_`, but LOAD DATA removes it; LOAD DATA reads `\N` as NULL. */
  protected override escape(c: number): void {
    const isField = this.form.form === "fields";
    if (!isField || c !== byte.UPPER_N) this.out.byte(byte.BACKSLASH);
    if (isField && (c === byte.PERCENT || c === byte.UNDERSCORE)) this.out.byte(byte.BACKSLASH);
    this.out.byte(c);
  }

  protected override endText(): void {
    this.out.byte(byte.QUOTE);
  }

  protected override value(form: ValueForm, token: string): void {
    if (this.form.form === "rows") return this.out.ascii(token);
    if (form === valueForms.bits) return this.bitsOrHex("b", token.slice(2));
    if (form === valueForms.bool) return this.literal(/^T/i.test(token) ? 1n : 0n, 1);
    if (form === valueForms.null) return this.out.ascii("NULL");
    const action = this.form.actions[this.column];
    if (action === "bit") return this.bytes(wholeNumber(token), 1);
    this.out.ascii(action === "year" && Number(token) === 0 ? "0000" : token);
  }

  protected override beginDigits(): void {
    this.number = "";
    this.isLong = false;
    this.halfByte = -1;
    if (this.form.form === "rows") this.out.ascii(this.prefix === "0x" ? "0x" : `${this.prefix}'`);
  }

  protected override digits(chunk: Buffer, from: number, end: number): void {
    if (this.form.form === "rows") return this.out.copy(chunk, from, end);
    const isShort = this.prefix === "b" || this.number.length + end - from <= MAX_NUMBER_DIGITS;
    if (!this.isLong && isShort) {
      this.number += chunk.toString("latin1", from, end);
      return;
    }
    if (!this.isLong) {
      this.isLong = true;
      this.out.byte(byte.QUOTE);
      this.copyBytes(Buffer.from(this.number), 0, this.number.length);
    }
    this.copyBytes(chunk, from, end);
  }

  protected override endDigits(): void {
    if (this.form.form === "fields" && !this.isLong) this.bitsOrHex(this.prefix, this.number);
    else if (this.isLong || this.prefix !== "0x") this.out.byte(byte.QUOTE);
  }

  private bitsOrHex(prefix: "0x" | "x" | "b", digits: string): void {
    const value = digits === "" ? 0n : BigInt(`0${prefix === "b" ? "b" : "x"}${digits}`);
    this.literal(value, prefix === "b" ? (digits.length + 7) >> 3 : (digits.length + 1) >> 1);
  }

  /** Writes a hexadecimal or bit literal: as a number for numeric columns, as bytes for all others. */
  private literal(value: bigint, size: number): void {
    const isNumber = this.form.form === "fields" && this.form.actions[this.column] === "number";
    if (isNumber) this.out.ascii(value.toString());
    else this.bytes(value, size);
  }

  private bytes(value: bigint, size: number): void {
    const digits = value.toString(16);
    const hex = digits.padStart(Math.max(size * 2, digits.length + (digits.length % 2)), "0");
    this.out.byte(byte.QUOTE);
    this.halfByte = -1;
    if (size > 0 || value > 0n) this.copyBytes(Buffer.from(hex), 0, hex.length);
    this.out.byte(byte.QUOTE);
  }

  /** Writes consecutive hexadecimal digits as bytes. */
  private copyBytes(digits: Uint8Array, from: number, end: number): void {
    const values = byte.HEX_VALUES;
    const { decoded } = this;
    let { halfByte } = this;
    let size = 0;
    for (let i = from; i < end; i += 1) {
      // within bounds because of the loop's condition; the tables cover every byte
      const digit = values[digits[i] as number] as number;
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
  }
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
