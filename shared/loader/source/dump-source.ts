import type { Hash } from "node:crypto";

/** Bytes of the plain dump, end exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A dump whose plain bytes can be read from any place: a file, or an object in S3. */
export interface DumpSource {
  /** Path or URL, for messages. */
  readonly name: string;
  /** Bytes of the plain dump. */
  readonly bytes: number;
  /** Bytes of the object as it is stored. */
  readonly storedBytes: number;
  /** sha256 of the object as it is stored, hex; undefined while only a whole scan would tell. */
  readonly storedSha256: string | undefined;
  /** Reads everything once, in order; a chunk is valid until the next one is asked for. */
  scan(signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Reads a part; a chunk is valid until the next one is asked for. */
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Reads a part; the chunks are the caller's. */
  readOwn(range: ByteRange, signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Removes what was spooled. */
  close(): Promise<void>;
}

/** Passes chunks on and adds them to a hash. */
export async function* hashing(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
