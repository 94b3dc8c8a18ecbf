const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const LETTER_N = 0x4e;
const LETTER_T = 0x74;
const SMALL_N = 0x6e;
/** Marks of the text protocol before a value. @see MySQL Internals, "Protocol::LengthEncodedInteger" */
const NULL_MARK = 0xfb;
const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;

/** Room of a chunk. */
export const CHUNK_BYTES = 256 * 1024;
/** Part of a value that is written at once; escaped, it takes at most twice the room. */
const PIECE_BYTES = 32 * 1024;

/** A row as the server sends it in the text protocol. */
export interface RowPacket {
  buffer: Buffer;
  /** Start of the first value. */
  offset: number;
  end: number;
}

/**
 * Writes rows of the text protocol as lines for LOAD DATA, without decoding values: fields end with tabs, lines with
 * newlines, `\` escapes, NULL is `\N`. Values must not contain bytes of these characters within a longer character, as
 * is true for UTF-8.
 */
export class RowEncoder {
  rows = 0;
  private chunk: Buffer;
  private size = 0;
  private readonly emit: (chunk: Buffer) => Buffer;

  /** @param emit takes a full chunk and returns an empty one of `CHUNK_BYTES` */
  constructor(emit: (chunk: Buffer) => Buffer) {
    this.emit = emit;
    this.chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  }

  /** Writes a row. mysql2 calls it in place of its own parser. */
  next({ buffer, offset, end }: RowPacket): void {
    let at = offset;
    while (at < end) {
      if (at > offset) this.put(TAB);
      // the loop ends at the end of the packet
      const mark = buffer[at] as number;
      at += 1;
      if (mark === NULL_MARK) {
        this.put(BACKSLASH);
        this.put(LETTER_N);
        continue;
      }
      let length = mark;
      if (mark > NULL_MARK) {
        const bytes = mark === TWO_BYTES ? 2 : mark === THREE_BYTES ? 3 : 8;
        length = buffer.readUIntLE(at, Math.min(bytes, 6));
        at += bytes;
      }
      const stop = at + length;
      for (; at < stop; at += PIECE_BYTES) this.write(buffer, at, Math.min(stop, at + PIECE_BYTES));
      at = stop;
    }
    this.put(NEWLINE);
    this.rows += 1;
  }

  /** Emits the last chunk. */
  end(): void {
    if (this.size > 0) this.flush();
  }

  private flush(): void {
    this.chunk = this.emit(this.chunk.subarray(0, this.size));
    this.size = 0;
  }

  private put(byte: number): void {
    if (this.size === CHUNK_BYTES) this.flush();
    this.chunk[this.size] = byte;
    this.size += 1;
  }

  private write(buffer: Buffer, start: number, end: number): void {
    if (this.size + 2 * (end - start) > CHUNK_BYTES) this.flush();
    const { chunk } = this;
    let size = this.size;
    for (let at = start; at < end; at += 1) {
      // within the packet
      const byte = buffer[at] as number;
      if (byte === TAB || byte === NEWLINE || byte === BACKSLASH) {
        chunk[size] = BACKSLASH;
        size += 1;
        chunk[size] = byte === TAB ? LETTER_T : byte === NEWLINE ? SMALL_N : BACKSLASH;
      } else chunk[size] = byte;
      size += 1;
    }
    this.size = size;
  }
}
