import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { oneLine } from "../../events/one-line.ts";
import type { BusinessDate } from "../../events/ids.ts";
import type { DumpReference, EventOf } from "../../events/schemas.ts";
import type { LayerEnvironment } from "../../shared/config/function-config.ts";
import { readText } from "../../shared/aws/read-text.ts";
import { dateOfManifestKey, MANIFEST_PREFIX, manifestKeyOf } from "../../shared/config/source.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { dayOf } from "../../shared/time/business-day.ts";
import { manifestSchema, type Manifest } from "./manifest.ts";

type Request = EventOf<"PipelineRequested">;

/** The dump of a request, with its manifest. */
export interface FoundDump {
  businessDate: BusinessDate;
  reference: DumpReference;
  manifest: Manifest | undefined;
}

/** Number of manifests that an error names. */
const NAMED_MANIFESTS = 5;

/** The business date of a request: the given one, that of its manifest, or the request's day in the source's time zone. */
export function businessDateOf(request: Request): BusinessDate {
  const { data, metadata } = request.detail;
  return data.businessDate ?? dateOfManifestKey(data.manifestKey) ?? dayOf(new Date(metadata.emittedAt));
}

/**
 * Finds the dump of a request: the given one, or the one of the manifest.
 *
 * @throws PermanentError MANIFEST_MISSING or MANIFEST_INVALID naming bucket, key and the expected content;
 *   DUMP_NOT_OURS where the request names a dump outside this environment's bucket. Any other error, a 503 of S3 for
 *   example, does not mean that there is no dump
 */
export async function findDump(
  s3: S3Client,
  environment: Pick<LayerEnvironment, "BATON_BUCKET" | "BATON_DUMP_NAME" | "BATON_SOURCE_DATABASE">,
  request: Request,
): Promise<FoundDump> {
  const { BATON_BUCKET: bucket, BATON_DUMP_NAME: dumpName, BATON_SOURCE_DATABASE: database } = environment;
  const { data } = request.detail;
  const businessDate = businessDateOf(request);
  if (data.dump !== undefined) {
    if (data.dump.bucket !== bucket) throw otherBucket(data.dump.bucket, bucket);
    return { businessDate, reference: data.dump, manifest: undefined };
  }
  const key = data.manifestKey ?? manifestKeyOf({ dumpName }, businessDate);
  const manifest = await readManifest(s3, bucket, key);
  if (manifest.dump_date !== businessDate) {
    throw invalid(bucket, key, `dump_date is ${manifest.dump_date}, the run is for ${businessDate}`);
  }
  // `./baton run` writes "unknown" for a dump without a manifest when the source names no database
  const found = manifest.source_database;
  if (database !== undefined && database !== "" && found !== "unknown" && found !== database) {
    throw invalid(bucket, key, `source_database is ${found}, expected ${database}`);
  }
  const reference = {
    bucket,
    key: manifest.dump_key,
    sha256: manifest.dump_sha256,
    bytes: manifest.dump_size_bytes,
    takenAt: new Date(manifest.generated_at).toISOString(),
  };
  return { businessDate, reference, manifest };
}

function otherBucket(found: string, expected: string): PermanentError {
  return new PermanentError("DUMP_NOT_OURS", `the request names bucket ${found}, this environment uses ${expected}`, {
    kind: "input",
    advice: "Start the run by ./baton run, which uploads the dump to the right bucket.",
  });
}

function invalid(bucket: string, key: string, what: string): PermanentError {
  return new PermanentError("MANIFEST_INVALID", `s3://${bucket}/${key}: ${what}`, {
    kind: "input",
    advice: "Ask the source to write the day's dump and manifest again, then: ./baton dlq replay staging",
  });
}

async function readManifest(s3: S3Client, bucket: string, key: string): Promise<Manifest> {
  const text = await readText(s3, { Bucket: bucket, Key: key });
  if (text === undefined) {
    throw new PermanentError("MANIFEST_MISSING", `no manifest at s3://${bucket}/${key}; ${await nearby(s3, bucket)}`, {
      kind: "input",
      advice: "Check whether the source's dump has run. When dump and manifest exist: ./baton dlq replay staging",
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(bucket, key, `not JSON: ${String(error)}`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw invalid(bucket, key, oneLine(parsed.error));
  return parsed.data;
}

/** The newest existing manifests, for the error text. Reads all pages of the listing. */
async function nearby(s3: S3Client, bucket: string): Promise<string> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: MANIFEST_PREFIX, ContinuationToken: token }),
    );
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  if (keys.length === 0) return `no manifest exists below ${MANIFEST_PREFIX}`;
  return `the newest are ${keys.sort().slice(-NAMED_MANIFESTS).join(", ")}`;
}
