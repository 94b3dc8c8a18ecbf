import { TEXT_HEAD_BYTES, textForm } from "./text-form.ts";
import { valueForms } from "./value-forms.ts";
import type { ValueTally } from "./value-tally.ts";

/** Collects the first bytes of a text that arrives in pieces, to determine whether it is blank. */
export class TextHead {
  private readonly bytes = new Uint8Array(TEXT_HEAD_BYTES);
  private length = 0;
  private isPlain = true;

  /**
   * Begins a text.
   *
   * @param isPlain true for a text in `'` in the dump's own character set
   */
  begin({ isPlain }: { isPlain: boolean }): void {
    this.length = 0;
    this.isPlain = isPlain;
  }

  /** Adds the text's next bytes, as written between its quotes. */
  add(piece: Uint8Array, start: number, end: number): void {
    const room = TEXT_HEAD_BYTES - this.length;
    if (room > 0) this.bytes.set(piece.subarray(start, Math.min(end, start + room)), this.length);
    this.length += end - start;
  }

  /** Ends the text and counts it as a value of a column. */
  count(tally: ValueTally, column: number): void {
    const { bytes, length, isPlain } = this;
    const form = isPlain ? textForm(bytes, 0, length) : valueForms.unsureText;
    tally.add(column, form);
    if (isPlain && form === valueForms.unsureText) tally.unsure.add(column, bytes, 0, length);
  }
}
