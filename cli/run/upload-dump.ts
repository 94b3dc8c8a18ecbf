import { createReadStream } from "node:fs";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { PreparedDump } from "./prepare-dump.ts";

/** Uploads the dump, then its manifest: a manifest is never there without its dump. */
export async function uploadDump(
  s3: S3Client,
  bucket: string,
  dump: PreparedDump,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const upload = new Upload({
    client: s3,
    params: { Bucket: bucket, Key: dump.dumpKey, Body: createReadStream(dump.file) },
    partSize: 16 * 1024 ** 2,
    queueSize: 2,
  });
  upload.on("httpUploadProgress", ({ loaded }) => onProgress(loaded ?? 0));
  await upload.done();
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: dump.manifestKey,
      Body: dump.manifest,
      ContentType: "application/json",
    }),
  );
}
