import { createHash } from "node:crypto";

/** Smaller pieces are buffered: a call for each row would cost more than the hash. */
const SMALL_PIECE = 4096;
/** Each table of a dump has a buffer. */
const BUFFER_SIZE = 16 * 1024;

/** sha256 over many pieces; the result does not depend on the piece boundaries. */
export class ContentHash {
  private readonly hash = createHash("sha256");
  private readonly buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  private size = 0;

  /** Adds text with its length, so that consecutive texts stay distinct. */
  addText(text: string): void {
    const bytes = Buffer.from(text);
    this.add(Buffer.from(`${bytes.length}:`));
    this.add(bytes);
  }

  add(piece: Uint8Array): void {
    if (piece.length >= SMALL_PIECE) {
      this.flush();
      this.hash.update(piece);
      return;
    }
    if (this.size + piece.length > BUFFER_SIZE) this.flush();
    this.buffer.set(piece, this.size);
    this.size += piece.length;
  }

  /** Returns the digest as hex; the hash cannot be used afterwards. */
  digest(): string {
    this.flush();
    return this.hash.digest("hex");
  }

  private flush(): void {
    if (this.size > 0) this.hash.update(this.buffer.subarray(0, this.size));
    this.size = 0;
  }
}
