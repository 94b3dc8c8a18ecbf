import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { BusinessDate } from "../../events/ids.ts";

const manifestSchema = z.looseObject({ dump_sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * Looks the day's manifest up, to know the run's id before it starts. A manifest that is missing or broken is no error
 * here: the staging layer says what is wrong with it, in the ledger and the dead letter.
 */
export async function findStoredDump(
  s3: S3Client,
  bucket: string,
  businessDate: BusinessDate,
): Promise<{ businessDate: BusinessDate; sha256: string | undefined; manifestKey: string }> {
  const manifestKey = `dumps-manifest/gghouse_${businessDate.replaceAll("-", "")}.json`;
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: manifestKey }));
    const manifest = manifestSchema.parse(JSON.parse((await object.Body?.transformToString()) ?? ""));
    return { businessDate, sha256: manifest.dump_sha256, manifestKey };
  } catch (error) {
    const isBadManifest = error instanceof SyntaxError || error instanceof z.ZodError;
    const isMissing = error instanceof Error && ["NoSuchKey", "NotFound"].includes(error.name);
    if (!isBadManifest && !isMissing) throw error;
    return { businessDate, sha256: undefined, manifestKey };
  }
}
