import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { types } from "node:util";
import * as zlib from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { PermanentError } from "../../errors/errors.ts";
import { hashing, type DumpSource } from "./dump-source.ts";
import { openFileSource } from "./file-source.ts";

/** Location of a dump: a path, or `s3://bucket/key`. */
export type DumpLocation = string;

interface OpenOptions {
  /** Needed for `s3://` locations. */
  s3?: S3Client | undefined;
  /** Folder for the uncompressed copy of a compressed dump; the system's temporary folder by default. */
  spoolDir?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * A compressed dump may unpack to this many times its size, and to 100 MB in any case. SQL text compresses 5 to 20 times;
 * a few MB of zeros would fill the disk before anything of them is checked.
 */
const MAX_RATIO = 100;
const SMALL_BYTES = 100e6;

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * Opens a dump. A compressed dump (detected by content, not by name) is decompressed to a file on disk, and the sha256
 * of the stored object is computed on the way. An uncompressed dump is read where it is.
 *
 * @throws PermanentError DUMP_MISSING; DUMP_COMPRESSION when gzip or zstd data is corrupt, truncated or unpacks to more
 *   than `MAX_RATIO` times its size
 */
export async function openSource(location: DumpLocation, options: OpenOptions = {}): Promise<DumpSource> {
  const stored = await openStored(location, options.s3);
  const decompress = decompressorOf(await firstBytes(stored), stored.name);
  if (decompress === undefined) return stored;
  try {
    return await spool(stored, decompress, options);
  } finally {
    await stored.close();
  }
}

async function openStored(location: DumpLocation, s3: S3Client | undefined): Promise<DumpSource> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  if (bucket !== undefined && key !== undefined) {
    if (s3 === undefined) throw new TypeError(`no S3 client for ${location}`);
    const { findS3Object, s3Source } = await import("./s3-source.ts");
    return s3Source(s3, await findS3Object(s3, { bucket, key }));
  }
  try {
    if (!(await stat(location)).isFile()) throw new Error("not a file");
  } catch (cause) {
    throw new PermanentError("DUMP_MISSING", `there is no file ${location}`, {
      kind: "input",
      advice: "Pass a file or s3://bucket/key.",
      cause,
    });
  }
  return openFileSource(location);
}

async function firstBytes(source: DumpSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.readOwn({ start: 0, end: Math.min(4, source.bytes) })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function decompressorOf(magic: Buffer, name: string): NodeJS.ReadWriteStream | undefined {
  if (magic.subarray(0, 2).equals(GZIP)) return zlib.createGunzip({ chunkSize: 256 * 1024 });
  if (!magic.equals(ZSTD)) return undefined;
  if (typeof zlib.createZstdDecompress === "function") return zlib.createZstdDecompress({ chunkSize: 256 * 1024 });
  throw new PermanentError("DUMP_COMPRESSION", `${name} is zstd, which Node ${process.version} cannot read`, {
    kind: "input",
    advice: "Use Node 22.15 or newer, or gzip.",
  });
}

async function spool(
  stored: DumpSource,
  decompress: NodeJS.ReadWriteStream,
  { spoolDir = tmpdir(), signal }: OpenOptions,
): Promise<DumpSource> {
  await mkdir(spoolDir, { recursive: true, mode: 0o700 });
  const path = join(spoolDir, `baton-dump-${randomBytes(6).toString("hex")}.sql`);
  const hash = createHash("sha256");
  try {
    const raw = Readable.from(hashing(stored.readOwn({ start: 0, end: stored.bytes }, signal), hash));
    // the rows are personal data
    const copy = createWriteStream(path, { mode: 0o600, flags: "wx" });
    await pipeline(raw, decompress, limitedTo(stored), copy, signal ? { signal } : {});
  } catch (cause) {
    await rm(path, { force: true });
    throw isBrokenData(cause) ? compressionError(stored, cause) : cause;
  }
  return openFileSource(path, {
    name: stored.name,
    storedBytes: stored.bytes,
    storedSha256: hash.digest("hex"),
    isTemporary: true,
  });
}

/** Passes the plain dump on, up to the limit for what is stored. */
function limitedTo(stored: DumpSource) {
  const limit = Math.max(SMALL_BYTES, stored.bytes * MAX_RATIO);
  return async function* (chunks: AsyncIterable<string | Buffer>) {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limit) {
        throw new PermanentError(
          "DUMP_COMPRESSION",
          `${stored.name} has ${stored.bytes} bytes and unpacks to more than ${limit}, expected at most ${MAX_RATIO} times its size`,
          { kind: "input", advice: "Ask the source for a new dump, or upload it uncompressed." },
        );
      }
      yield chunk;
    }
  };
}

function isBrokenData(error: unknown): error is Error {
  return types.isNativeError(error) && "code" in error && /^(?:Z_|ERR_ZSTD|ZSTD_)/.test(String(error.code));
}

function compressionError(stored: DumpSource, cause: Error): PermanentError {
  return new PermanentError("DUMP_COMPRESSION", `${stored.name} is damaged or truncated: ${cause.message}`, {
    kind: "input",
    advice: "Ask the source for a new dump; compare size and sha256 with the manifest.",
    cause,
  });
}
