import { TEXT_HEAD_BYTES } from "./text-form.ts";

/** Different texts of a column that are kept: few are usual, and many are no matter of blanks. */
const MAX_TEXTS = 100;

/** A text as it stands between its quotes in the dump, and how often it is there. */
interface KeptText {
  bytes: Uint8Array;
  count: number;
}

/**
 * Keeps texts without a letter that tells what they are, so that the server can be asked about each once instead of
 * reading all rows: a space, ` -- `, a name in a rare script. Nothing is made for a text that is kept already: there are
 * many of them in a dump.
 */
export class UnsureTexts {
  private readonly texts = new Map<number, KeptText[]>();
  /** Columns that had too many, or long ones. */
  private readonly givenUp = new Set<number>();

  /** Keeps a text, unless it is long or there are many in its column: then none of that column is kept. */
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
    // a copy: the dump's bytes are in buffers that are used again
    texts.push({ bytes: Uint8Array.from(bytes.subarray(start, end)), count: 1 });
    this.texts.set(column, texts);
  }

  /** The texts of a column, and how often each is there; undefined when they were not kept. */
  of(column: number): { bytes: Buffer; count: number }[] | undefined {
    if (this.givenUp.has(column)) return undefined;
    return (this.texts.get(column) ?? []).map(({ bytes, count }) => ({ bytes: unescape(bytes), count }));
  }
}

function isEqual(text: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== bytes[start + i]) return false;
  }
  return true;
}

const ESCAPES: Readonly<Record<string, string>> = { "0": "\0", b: "\b", n: "\n", r: "\r", t: "\t", Z: "\u001a" };

/** The bytes that the server's parser makes of a text. @see MySQL Reference Manual, "String Literals" */
function unescape(text: Uint8Array): Buffer {
  const plain = Buffer.from(text)
    .toString("latin1")
    .replace(/\\([\s\S])|''/g, (all, escaped: string | undefined) => {
      if (escaped === undefined) return "'";
      return escaped === "%" || escaped === "_" ? all : (ESCAPES[escaped] ?? escaped);
    });
  return Buffer.from(plain, "latin1");
}
