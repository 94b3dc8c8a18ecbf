const CHUNK = 256 * 1024;

/** Takes bytes as they are made. */
export type ByteSink = Pick<ByteWriter, "byte" | "ascii" | "copy">;

/** Takes bytes that nobody wants. */
export const nowhere: ByteSink = { byte: () => undefined, ascii: () => undefined, copy: () => undefined };

/** Collects bytes into chunks of a size that a socket likes. */
export class ByteWriter {
  private chunk = Buffer.allocUnsafe(CHUNK);
  private size = 0;
  private readonly full: Buffer[] = [];

  /** Writes one byte. */
  byte(value: number): void {
    if (this.size === this.chunk.length) this.next();
    this.chunk[this.size] = value;
    this.size += 1;
  }

  /** Writes text of ASCII characters. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.byte(text.charCodeAt(i));
  }

  /** Copies a part of other bytes. */
  copy(from: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.size === this.chunk.length) this.next();
      const count = Math.min(end - at, this.chunk.length - this.size);
      this.chunk.set(from.subarray(at, at + count), this.size);
      this.size += count;
      at += count;
    }
  }

  /** Hands over the chunks that are full. */
  takeFull(): Buffer[] {
    return this.full.splice(0);
  }

  /** Hands over everything. */
  takeAll(): Buffer[] {
    if (this.size > 0) {
      this.full.push(this.chunk.subarray(0, this.size));
      this.chunk = this.chunk.subarray(this.size);
      this.size = 0;
    }
    return this.takeFull();
  }

  private next(): void {
    this.full.push(this.chunk.subarray(0, this.size));
    this.chunk = Buffer.allocUnsafe(CHUNK);
    this.size = 0;
  }
}
