import { LF } from "./bytes.ts";

/** Finds the line number of a byte in the current chunk. Newlines are counted only up to the requested offset. */
export class LineCounter {
  private chunk: Buffer = Buffer.alloc(0);
  private base = 0;
  /** Newlines before index `counted` of the chunk, and in all chunks before. */
  private newlines = 0;
  private counted = 0;

  /** Starts the next chunk, which begins at byte `base` of the dump. */
  begin(chunk: Buffer, base: number): void {
    this.chunk = chunk;
    this.base = base;
    this.counted = 0;
  }

  /** Counts the newlines in the rest of the chunk. */
  end(): void {
    this.countTo(this.chunk.length);
  }

  /** Line of the last counted byte, from 1. */
  get total(): number {
    return this.newlines + 1;
  }

  /** Line of a byte offset of the dump, from 1. Offsets before the last requested one return the line of that one. */
  at(offset: number): number {
    this.countTo(Math.min(offset - this.base, this.chunk.length));
    return this.newlines + 1;
  }

  private countTo(index: number): void {
    let from = this.counted;
    while (from < index) {
      const newline = this.chunk.indexOf(LF, from);
      if (newline === -1 || newline >= index) break;
      this.newlines += 1;
      from = newline + 1;
    }
    this.counted = Math.max(this.counted, index);
  }
}
