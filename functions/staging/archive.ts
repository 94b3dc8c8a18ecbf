import { CopyObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { DumpReference } from "../../events/schemas.ts";
import type { RecordedError } from "../../shared/errors/errors.ts";

/** Largest object that S3 copies in one request. @see S3 API Reference, CopyObject */
const MAX_COPY_BYTES = 5 * 1024 ** 3;

/** S3 answers only after it has copied the whole object. */
const COPY_MS = 300_000;

async function copyTo(s3: S3Client, dump: DumpReference, prefix: string): Promise<string> {
  if (dump.bytes > MAX_COPY_BYTES)
    throw new RangeError(`${dump.key} has ${dump.bytes} bytes, S3 copies at most 5 GiB in one request`);
  const key = `${prefix}${dump.key.split("/").at(-1) ?? dump.key}`;
  await s3.send(
    new CopyObjectCommand({
      Bucket: dump.bucket,
      Key: key,
      CopySource: `${dump.bucket}/${dump.key.split("/").map(encodeURIComponent).join("/")}`,
    }),
    { requestTimeout: COPY_MS },
  );
  return key;
}

const ARCHIVE = "processed/";

/** Copies a loaded dump to `processed/`, unless a backfill has loaded it from there. @returns the key of the copy */
export async function archiveDump(s3: S3Client, dump: DumpReference): Promise<string> {
  return dump.key.startsWith(ARCHIVE) ? dump.key : copyTo(s3, dump, ARCHIVE);
}

/** Copies a refused dump to `quarantine/`, and writes the reason to `<key>.reason.json`. */
export async function quarantineDump(
  s3: S3Client,
  dump: DumpReference,
  reason: { runId: string; error: RecordedError },
): Promise<void> {
  const key = await copyTo(s3, dump, "quarantine/");
  const body = { ...reason, dump, quarantinedAt: new Date().toISOString() };
  await s3.send(
    new PutObjectCommand({
      Bucket: dump.bucket,
      Key: `${key}.reason.json`,
      Body: JSON.stringify(body, null, 2),
      ContentType: "application/json",
    }),
  );
}
