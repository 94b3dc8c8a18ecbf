import { unescape } from "./sql-tokens.ts";
import { TEXT_HEAD_BYTES } from "./text-form.ts";

/** Maximum number of different texts per column. Few are usual; a column with many does not hold blank values. */
const MAX_TEXTS = 100;

/** A text as written between its quotes in the dump, and how often it occurs. */
interface KeptText {
  bytes: Uint8Array;
  count: number;
}

/**
 * Collects texts that may be blank, such as a space, ` -- ` or a name in a rare script, so that the server can compare
 * each one once instead of reading all rows. A text that is already collected is counted without an allocation, because
 * a dump has many of them.
 */
export class UnsureTexts {
  private readonly texts = new Map<number, KeptText[]>();
  /** Columns with too many texts, or with long ones. */
  private readonly givenUp = new Set<number>();

  /** Adds a text. When it is too long, or the column has too many, all texts of that column are discarded. */
  add(column: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.givenUp.has(column)) return;
    const texts = this.texts.get(column) ?? [];
    for (const text of texts) {
      if (!isEqual(text.bytes, bytes, start, end)) continue;
      text.count += 1;
      return;
    }
    if (end - start > TEXT_HEAD_BYTES || texts.length === MAX_TEXTS) {
      this.givenUp.add(column);
      return;
    }
    // a copy, because the buffers of the dump are reused
    texts.push({ bytes: Uint8Array.from(bytes.subarray(start, end)), count: 1 });
    this.texts.set(column, texts);
  }

  /** The texts of a column and how often each occurs; undefined when they were discarded. */
  of(column: number): { bytes: Buffer; count: number }[] | undefined {
    if (this.givenUp.has(column)) return undefined;
    return (this.texts.get(column) ?? []).map(({ bytes, count }) => ({
      bytes: Buffer.from(unescape(Buffer.from(bytes).toString("latin1"), "'"), "latin1"),
      count,
    }));
  }
}

function isEqual(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== bytes[start + i]) return false;
  }
  return true;
}
