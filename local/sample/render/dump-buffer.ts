/** A chunk is yielded when it has this many bytes. */
const CHUNK_BYTES = 1 << 20;

type Encoding = "utf8" | "latin1";

/** Collects text as bytes, so that each row is encoded once and its size is known. */
export class DumpBuffer {
  #bytes = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  #length = 0;

  get isFull(): boolean {
    return this.#length >= CHUNK_BYTES;
  }

  /** Adds text; returns the number of bytes added. */
  add(text: string, encoding: Encoding = "utf8"): number {
    this.#reserve(text.length * 3);
    const written = this.#bytes.write(text, this.#length, encoding);
    this.#length += written;
    return written;
  }

  /** Replaces the one character before the last `bytes` bytes by ASCII text. */
  replaceBefore(bytes: number, text: string): void {
    this.#reserve(text.length);
    const start = this.#length - bytes;
    this.#bytes.copyWithin(start - 1 + text.length, start, this.#length);
    this.#bytes.write(text, start - 1, "latin1");
    this.#length += text.length - 1;
  }

  /** Returns the collected bytes and empties the buffer. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(2 * CHUNK_BYTES);
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
