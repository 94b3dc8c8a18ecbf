import { open, rm, type FileHandle } from "node:fs/promises";
import type { ByteRange, DumpSource } from "./dump-source.ts";

const SCAN_CHUNK = 1024 * 1024;
const READ_CHUNK = 256 * 1024;

interface FileSourceOptions {
  /** Name for messages; the path by default. */
  name?: string;
  storedBytes?: number;
  storedSha256?: string;
  /** True for a temporary copy, which is removed on close. */
  isTemporary?: boolean;
}

/** Opens an uncompressed dump in a local file. */
export async function openFileSource(path: string, options: FileSourceOptions = {}): Promise<DumpSource> {
  const file = await open(path, "r");
  const { size, mtimeMs } = await file.stat();
  return {
    name: options.name ?? path,
    bytes: size,
    storedBytes: options.storedBytes ?? size,
    storedSha256: options.storedSha256,
    version: options.storedSha256 ?? String(mtimeMs),
    scan: (signal) => inTurn(file, { start: 0, end: size }, SCAN_CHUNK, signal),
    read: (range, signal) => inTurn(file, range, READ_CHUNK, signal),
    readOwn: (range, signal) => readFile(file, range, signal),
    async close() {
      await file.close();
      if (options.isTemporary === true) await rm(path, { force: true });
    },
  };
}

/** Reads one chunk ahead, with two alternating buffers. */
async function* inTurn(file: FileHandle, range: ByteRange, size: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  if (range.start >= range.end) return;
  const largest = Math.min(size, range.end - range.start);
  const buffers = [Buffer.allocUnsafe(largest), Buffer.allocUnsafe(largest)] as const;
  const fill = (buffer: Buffer, at: number): Promise<{ bytesRead: number; buffer: Buffer }> =>
    file.read(buffer, 0, Math.min(largest, range.end - at), at);
  let position = range.start;
  let turn = 0;
  let next = fill(buffers[0], position);
  try {
    while (position < range.end) {
      signal?.throwIfAborted();
      const { bytesRead, buffer } = await next;
      if (bytesRead === 0) return;
      position += bytesRead;
      turn = 1 - turn;
      if (position < range.end) next = fill(turn === 0 ? buffers[0] : buffers[1], position);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    // waits for a pending read, which would otherwise write to a buffer that was released
    await next.catch(() => undefined);
  }
}

/** Reads each chunk into a new buffer. */
async function* readFile(file: FileHandle, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let position = range.start;
  while (position < range.end) {
    signal?.throwIfAborted();
    const wanted = Math.min(READ_CHUNK, range.end - position);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
