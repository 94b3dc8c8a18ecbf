import * as byte from "./bytes.ts";
import { provesText, textForm } from "./text-form.ts";
import { TextHead } from "./text-head.ts";
import { valueForms, type ValueForm } from "./value-forms.ts";
import { ValuesLexer } from "./values-lexer.ts";

/**
 * Reads the rows of an INSERT without decoding or copying them, for any chunk size: counts the values of each column by
 * their form.
 */
export class ValuesScanner extends ValuesLexer {
  /** The start of the current text. */
  private readonly head = new TextHead();

  /**
   * Reads the most common values: plain numbers, NULL and texts in `'`, as long as value, comma and the row's end are
   * within the chunk. The states handle everything else.
   *
   * @returns index of the first value that was not read
   */
  protected override scanPlain(chunk: Uint8Array, from: number, base: number): number {
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

  protected override beginText(text: { isIntroduced: boolean }): void {
    this.head.begin({ isPlain: this.quote === byte.QUOTE && !text.isIntroduced });
  }

  protected override text(chunk: Uint8Array, start: number, end: number): void {
    this.head.add(chunk, start, end);
  }

  protected override escape(c: number, before: number): void {
    this.head.add(Uint8Array.of(before, c), 0, 2);
  }

  protected override endText(): void {
    this.head.count(this.target.tally, this.column);
  }

  protected override value(form: ValueForm): void {
    this.target.tally.add(this.column, form);
  }

  protected override beginDigits(): void {
    this.value(this.prefix === "b" ? valueForms.bits : valueForms.hex);
  }
}
