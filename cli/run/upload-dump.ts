import { createReadStream } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { unlessMissing } from "../../shared/aws/unless-missing.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { PreparedDump } from "./prepare-dump.ts";

/** Where to upload to, and how to treat an existing object with other content. */
export interface UploadOptions {
  s3: S3Client;
  bucket: string;
  existing: "keep" | "replace";
  onProgress?: (bytes: number) => void;
}

/** An object that an upload replaced; the bucket keeps the old version. */
export interface ReplacedObject {
  key: string;
  versionId: string | undefined;
}

interface StoredObject {
  versionId: string | undefined;
  isSame: boolean;
}

/**
 * Uploads the dump, then its manifest, so that no manifest is stored without its dump. An object with the same content
 * is not uploaded again.
 *
 * @returns the objects of other content that were replaced
 * @throws PermanentError DUMP_EXISTS when another dump or manifest has the key, unless `existing` is `replace`
 */
export async function uploadDump(dump: PreparedDump, options: UploadOptions): Promise<ReplacedObject[]> {
  const { s3, bucket, existing, onProgress } = options;
  const storedManifest = await findManifest(dump, options);
  const storedDump = await findDump(dump, options, storedManifest?.text);
  const others = [
    { key: dump.dumpKey, stored: storedDump },
    { key: dump.manifestKey, stored: storedManifest },
  ].flatMap(({ key, stored }) => (stored === undefined || stored.isSame ? [] : [{ key, versionId: stored.versionId }]));
  if (others.length > 0 && existing === "keep") {
    const keys = others.map(({ key }) => `s3://${bucket}/${key}`).join(" and ");
    throw new PermanentError(
      "DUMP_EXISTS",
      `${keys} ${others.length === 1 ? "exists" : "exist"} with other content. Nothing was uploaded`,
      {
        kind: "input",
        advice: "To use the stored dump: omit --dump and pass --date. To replace it: add --replace.",
      },
    );
  }
  if (storedDump?.isSame !== true) {
    const upload = new Upload({
      client: s3,
      params: {
        Bucket: bucket,
        Key: dump.dumpKey,
        Body: createReadStream(dump.file),
        Metadata: { sha256: dump.sha256 },
      },
      partSize: 16 * 1024 ** 2,
      queueSize: 2,
    });
    upload.on("httpUploadProgress", ({ loaded }) => onProgress?.(loaded ?? 0));
    await upload.done();
  }
  if (storedManifest?.isSame !== true) {
    const object = { Bucket: bucket, Key: dump.manifestKey, Body: dump.manifest, ContentType: "application/json" };
    await s3.send(new PutObjectCommand(object));
  }
  return others;
}

async function findManifest(
  dump: PreparedDump,
  { s3, bucket }: UploadOptions,
): Promise<(StoredObject & { text: string }) | undefined> {
  const object = await unlessMissing(s3.send(new GetObjectCommand({ Bucket: bucket, Key: dump.manifestKey })));
  if (object === undefined) return undefined;
  const text = (await object.Body?.transformToString()) ?? "";
  const [stored, ours] = [fieldsOf(text), fieldsOf(dump.manifest)];
  const describesDump = ["dump_key", "dump_sha256", "dump_size_bytes"].every((field) => stored[field] === ours[field]);
  // a manifest that this command wrote adds nothing to an existing one that describes the same dump
  const isSame = isDeepStrictEqual(stored, ours) || (dump.manifestFrom === "written" && describesDump);
  return { versionId: object.VersionId, isSame, text };
}

async function findDump(
  dump: PreparedDump,
  { s3, bucket }: UploadOptions,
  manifest: string | undefined,
): Promise<StoredObject | undefined> {
  const object = await unlessMissing(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: dump.dumpKey })));
  if (object === undefined) return undefined;
  // the source uploads without this metadata, but its manifest has the sha256
  const stored = fieldsOf(manifest ?? "{}");
  const sha256 =
    object.Metadata?.["sha256"] ?? (stored["dump_key"] === dump.dumpKey ? stored["dump_sha256"] : undefined);
  return { versionId: object.VersionId, isSame: sha256 === dump.sha256 && object.ContentLength === dump.bytes };
}

function fieldsOf(manifest: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(manifest) as object) };
  } catch {
    // an invalid manifest differs from every other
    return {};
  }
}
