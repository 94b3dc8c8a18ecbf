import { TEXT_HEAD_BYTES } from "./text-form.ts";

/** Different texts of a column that are kept: few are usual, and many are no matter of blanks. */
const MAX_TEXTS = 100;

/**
 * Keeps texts without a letter that tells what they are, so that the server can be asked about each once instead of
 * reading all rows: a space, ` -- `, a name in a rare script.
 */
export class UnsureTexts {
  /** How often each text is there, by column; keys are bytes as they stand in the dump, a character each. */
  private readonly columns: Map<string, number>[];

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => new Map<string, number>());
  }

  /** Keeps a text, unless it is long or there are many in its column. */
  add(column: number, bytes: Uint8Array, start: number, end: number): void {
    const texts = this.columns[column];
    if (texts === undefined || end - start > TEXT_HEAD_BYTES) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
    const count = texts.get(text);
    if (count !== undefined || texts.size < MAX_TEXTS) texts.set(text, (count ?? 0) + 1);
  }

  /** The texts that were kept of a column, and how often each is there. */
  of(column: number): { bytes: Buffer; count: number }[] {
    return [...(this.columns[column] ?? [])].map(([text, count]) => ({ bytes: unescape(text), count }));
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "0": "\0", b: "\b", n: "\n", r: "\r", t: "\t", Z: "\u001a" };

/** The bytes that the server's parser makes of a text. @see MySQL Reference Manual, "String Literals" */
function unescape(text: string): Buffer {
  const plain = text.replace(/\\([\s\S])|''/g, (all, escaped: string | undefined) => {
    if (escaped === undefined) return "'";
    return escaped === "%" || escaped === "_" ? all : (ESCAPES[escaped] ?? escaped);
  });
  return Buffer.from(plain, "latin1");
}
