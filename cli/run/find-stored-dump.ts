import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { BusinessDate } from "../../events/ids.ts";
import { readSource } from "../../local/layer-table.ts";
import { readText } from "../../shared/aws/read-text.ts";
import { manifestKeyOf } from "../../shared/config/source.ts";

const manifestSchema = z.looseObject({
  dump_key: z.string().optional(),
  dump_sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A dump in the bucket, as its manifest describes it. */
export interface StoredDump {
  businessDate: BusinessDate;
  manifestKey: string;
  /** Undefined when the manifest is missing or cannot be read. */
  sha256: string | undefined;
  dumpKey: string | undefined;
}

/**
 * Reads the manifest of a date, because the run ID contains the dump's sha256. A manifest that is missing or broken is not
 * an error here: the staging layer reports it in the ledger and the DLQ message.
 */
export async function findStoredDump(s3: S3Client, bucket: string, businessDate: BusinessDate): Promise<StoredDump> {
  const manifestKey = manifestKeyOf(await readSource(), businessDate);
  const text = await readText(s3, { Bucket: bucket, Key: manifestKey });
  try {
    const manifest = manifestSchema.parse(JSON.parse(text ?? ""));
    return { businessDate, manifestKey, sha256: manifest.dump_sha256, dumpKey: manifest.dump_key };
  } catch (error) {
    const isBadManifest = error instanceof SyntaxError || error instanceof z.ZodError;
    if (!isBadManifest) throw error;
    return { businessDate, manifestKey, sha256: undefined, dumpKey: undefined };
  }
}
