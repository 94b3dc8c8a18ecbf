import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { unlessMissing } from "../../aws/unless-missing.ts";
import { PermanentError } from "../../errors/errors.ts";
import type { ByteRange, DumpSource } from "./dump-source.ts";

export interface S3Location {
  bucket: string;
  key: string;
}

/** Maximum number of times that an interrupted download is resumed without progress in between. */
const MAX_RESUMES = 5;
const RESUME_DELAY_MS = 200;
/** A connection without data for this time is treated as broken. */
const SILENCE_MS = 15_000;

/** Properties of an object, known before it is read. */
export interface S3Object extends S3Location {
  bytes: number;
  /** Pins the version: parts of a newer object are never mixed in. */
  etag: string;
}

/**
 * Finds an object.
 *
 * @throws PermanentError DUMP_MISSING
 */
export async function findS3Object(s3: S3Client, { bucket, key }: S3Location): Promise<S3Object> {
  const head = await unlessMissing(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
  if (head !== undefined) return { bucket, key, bytes: head.ContentLength ?? 0, etag: head.ETag ?? "" };
  throw new PermanentError("DUMP_MISSING", `there is no object s3://${bucket}/${key}`, {
    kind: "input",
    advice: `List the dumps: aws s3 ls s3://${bucket}/dumps/`,
  });
}

/** Reads a part of an object, and resumes where it stopped when the connection breaks. */
async function* readS3Object(
  s3: S3Client,
  object: S3Object,
  range: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let position = range.start;
  let failures = 0;
  while (position < range.end) {
    signal?.throwIfAborted();
    try {
      const body = await openBody(s3, object, { start: position, end: range.end }, signal);
      for await (const chunk of withIdleTimeout(body, object)) {
        position += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (position < range.end) throw new Error(`s3://${object.bucket}/${object.key} ended at byte ${position}`);
    } catch (error) {
      failures += 1;
      if (error instanceof PermanentError || signal?.aborted === true || failures > MAX_RESUMES) throw error;
      await wait(RESUME_DELAY_MS * 2 ** failures, undefined, signal && { signal });
    }
  }
}

/**
 * Passes chunks through, and destroys the body when no chunk arrives in time. The consumer's own time does not count.
 */
async function* withIdleTimeout(body: Readable, { bucket, key }: S3Location): AsyncGenerator<Buffer> {
  const breakOff = (): void => {
    body.destroy(new Error(`s3://${bucket}/${key} sent no data for ${SILENCE_MS / 1_000} s`));
  };
  let silence = setTimeout(breakOff, SILENCE_MS);
  try {
    for await (const chunk of body) {
      clearTimeout(silence);
      yield chunk as Buffer; // a body without an encoding gives Buffers
      silence = setTimeout(breakOff, SILENCE_MS);
    }
  } finally {
    clearTimeout(silence);
  }
}

async function openBody(
  s3: S3Client,
  object: S3Object,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const { bucket, key, etag } = object;
  const isWhole = range.start === 0 && range.end === object.bytes;
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(etag !== "" && { IfMatch: etag }),
    ...(!isWhole && { Range: `bytes=${range.start}-${range.end - 1}` }),
  });
  try {
    const { Body } = await s3.send(command, signal && { abortSignal: signal });
    // in Node.js, the body is always a Readable of Buffers
    return Body as Readable;
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "PreconditionFailed") throw cause;
    throw new PermanentError("DUMP_CHANGED", `s3://${bucket}/${key} was replaced while it was read`, {
      kind: "input",
      advice: "Start the run again: it reads the new object from the beginning.",
      cause,
    });
  }
}

/** An uncompressed dump in S3; parts are fetched by range. */
export function s3Source(s3: S3Client, object: S3Object): DumpSource {
  return {
    name: `s3://${object.bucket}/${object.key}`,
    bytes: object.bytes,
    storedBytes: object.bytes,
    storedSha256: undefined,
    version: object.etag,
    scan: (signal) => readS3Object(s3, object, { start: 0, end: object.bytes }, signal),
    read: (range, signal) => readS3Object(s3, object, range, signal),
    readOwn: (range, signal) => readS3Object(s3, object, range, signal),
    close: () => Promise.resolve(),
  };
}
