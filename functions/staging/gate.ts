import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { EventOf } from "../../events/schemas.ts";
import { unlessMissing } from "../../shared/aws/unless-missing.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { FoundDump } from "./find-dump.ts";

/** Oldest dump that the gate accepts unless the request has `allowStale`. */
const MAX_AGE_HOURS = 24;

/** The gate refuses the dump, which is copied to quarantine with this reason. */
export class GateError extends PermanentError {}

function refuse(code: string, message: string, advice: string): GateError {
  return new GateError(code, message, { kind: "input", advice });
}

/**
 * Checks a dump before it is loaded. Its sha256 is verified later, while the loader reads it.
 *
 * @throws GateError DUMP_NOT_VALID, DUMP_STALE, DUMP_MISSING or DUMP_SIZE naming object, found and expected
 */
export async function passGate(s3: S3Client, request: EventOf<"PipelineRequested">, found: FoundDump): Promise<void> {
  const { reference, manifest } = found;
  const where = `s3://${reference.bucket}/${reference.key}`;
  const isValid = manifest?.valid_for_etl ?? manifest?.source_valid ?? manifest === undefined;
  if (!isValid) {
    const why = manifest?.reason ?? "its manifest gives no reason";
    throw refuse("DUMP_NOT_VALID", `${where} is marked as not valid for ETL: ${why}`, "Ask the source for a new dump.");
  }
  requireFresh(where, request, found);
  const bytes = await sizeOf(s3, reference);
  if (bytes === undefined) {
    throw refuse(
      "DUMP_MISSING",
      `the dump ${where}, which the manifest names, does not exist`,
      "Upload the dump, then replay.",
    );
  }
  if (bytes !== reference.bytes) {
    throw refuse(
      "DUMP_SIZE",
      `${where} has ${bytes} bytes, its manifest says ${reference.bytes}`,
      "The upload is incomplete or the dump was replaced: upload dump and manifest again, then replay.",
    );
  }
}

function requireFresh(where: string, request: EventOf<"PipelineRequested">, { reference }: FoundDump): void {
  const { data, metadata } = request.detail;
  // an operator who names a dump or sets allowStale accepts its age
  if (data.allowStale === true || data.dump !== undefined) return;
  const ageHours = (Date.parse(metadata.emittedAt) - Date.parse(reference.takenAt)) / 3_600_000;
  if (ageHours <= MAX_AGE_HOURS) return;
  const [date, isForced] = [data.businessDate ?? "DAY", data.force === true];
  throw refuse(
    "DUMP_STALE",
    `${where} was taken at ${reference.takenAt}, ${ageHours.toFixed(1)} hours before the request; at most ${MAX_AGE_HOURS} are allowed`,
    `Ask the source for a new dump, or load this one: ./baton run --date ${date}${isForced ? " --force" : ""} --allow-stale`,
  );
}

async function sizeOf(s3: S3Client, { bucket, key }: { bucket: string; key: string }): Promise<number | undefined> {
  return (await unlessMissing(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))))?.ContentLength;
}
