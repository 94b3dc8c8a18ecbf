import type { Hash } from "node:crypto";

/** A range of bytes of the uncompressed dump, end exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A dump whose uncompressed bytes can be read at any offset: a file, or an object in S3. */
export interface DumpSource {
  /** Path or URL, for messages. */
  readonly name: string;
  /** Bytes of the uncompressed dump. */
  readonly bytes: number;
  /** Bytes of the stored object. */
  readonly storedBytes: number;
  /** sha256 of the stored object, hex; undefined when it is only known after a complete scan. */
  readonly storedSha256: string | undefined;
  /** Changes with the stored object: an ETag, or the digest or the time of the last change of a file. */
  readonly version: string;
  /** Reads the whole dump in order; a chunk is valid until the next one is requested. */
  scan(signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Reads a range; a chunk is valid until the next one is requested. */
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Reads a range; the chunks stay valid. */
  readOwn(range: ByteRange, signal?: AbortSignal): AsyncIterable<Buffer>;
  /** Removes the temporary copy, if any. */
  close(): Promise<void>;
}

/** Passes chunks through and adds them to a hash. */
export async function* hashing(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
