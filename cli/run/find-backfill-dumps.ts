import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import type { BusinessDate } from "../../events/ids.ts";
import type { DumpReference } from "../../events/schemas.ts";
import { dateInName } from "../../shared/config/source.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import type { ClientAccess } from "../stage/stage-clients.ts";
import { UsageError } from "../usage-error.ts";
import { findStoredDump } from "./find-stored-dump.ts";
import { prepareDump, type PreparedDump } from "./prepare-dump.ts";

/** A dump of a backfill: a file to upload, or an object in the bucket. */
export type BackfillDump = { businessDate: BusinessDate; name: string; bytes: number; sha256: string } & (
  | { kind: "file"; prepared: PreparedDump }
  | { kind: "manifest"; manifestKey: string }
  | { kind: "object"; reference: DumpReference }
);

/** The dates that a backfill covers; undefined means no limit. */
export interface DateRange {
  from: BusinessDate | undefined;
  to: BusinessDate | undefined;
}

/** Where the staging function may read dumps (serverless/roles.ts). */
const READABLE = ["dumps/", "processed/"];

/** Name of a dump. */
const DUMP = /\.sql(\.gz|\.zst)?$/;

/**
 * Finds the dumps of a folder or of a prefix in the environment's bucket, by the date in their names, earliest first.
 *
 * @throws UsageError when there is none in the range, or the bucket is not the environment's
 * @throws PermanentError BACKFILL_OVERLAP when two dumps have the same date
 */
export async function findBackfillDumps(
  stage: ClientAccess,
  source: string,
  range: DateRange,
): Promise<BackfillDump[]> {
  const url = /^s3:\/\/([^/]+)\/?(.*)$/.exec(source);
  const names = url === null ? await filesIn(source) : await objectsIn(stage, url[1] ?? "", url[2] ?? "");
  const dated = names
    .flatMap((name) => {
      const date = DUMP.test(name) ? dateInName(name) : undefined;
      return date === undefined ? [] : [{ name, date }];
    })
    .filter(({ date }) => (range.from ?? date) <= date && date <= (range.to ?? date))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  if (dated.length === 0) {
    throw new UsageError(
      `there is no dump with a date in its name at ${source}${(range.from ?? range.to) ? " in this range" : ""}`,
      "Name a folder or s3://BUCKET/PREFIX with files such as dump_20260207.sql, .sql.gz or .sql.zst.",
    );
  }
  const twice = dated.find(({ date }, n) => dated[n + 1]?.date === date);
  if (twice !== undefined) {
    const both = dated.filter(({ date }) => date === twice.date).map(({ name }) => basename(name));
    throw new PermanentError("BACKFILL_OVERLAP", `${twice.date} has ${both.length} dumps: ${both.join(", ")}`, {
      kind: "input",
      advice: "Keep only one dump for each date in the folder or prefix.",
    });
  }
  const dumps: BackfillDump[] = [];
  for (const { name, date } of dated) {
    dumps.push(url === null ? await fileDump(name, date) : await objectDump(stage, name, date));
  }
  return dumps;
}

async function filesIn(folder: string): Promise<string[]> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`${folder} is not a folder`, "Name a folder with dumps, or s3://BUCKET/PREFIX.");
  return (await readdir(folder)).map((name) => join(folder, name));
}

async function objectsIn(stage: ClientAccess, bucket: string, prefix: string): Promise<string[]> {
  if (bucket !== stage.bucket) {
    throw new UsageError(
      `s3://${bucket} is not the bucket of this environment`,
      `Copy the dumps to s3://${stage.bucket}/, or name a folder on this machine.`,
    );
  }
  if (!READABLE.some((folder) => prefix.startsWith(folder))) {
    throw new UsageError(
      `the staging function may not read s3://${bucket}/${prefix}`,
      `Name a prefix of ${READABLE.map((folder) => `s3://${bucket}/${folder}`).join(" or ")}, or a folder on this machine.`,
    );
  }
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: stage.s3 }, { Bucket: bucket, Prefix: prefix })) {
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
  }
  return keys;
}

async function fileDump(file: string, date: BusinessDate): Promise<BackfillDump> {
  const prepared = await prepareDump(file, date);
  const { businessDate, bytes, sha256 } = prepared;
  return { kind: "file", businessDate, name: basename(file), bytes, sha256, prepared };
}

/** Requests an object by its manifest if the manifest names it, so that the gate reads it; otherwise by its sha256. */
async function objectDump(
  { s3, bucket }: ClientAccess,
  key: string,
  businessDate: BusinessDate,
): Promise<BackfillDump> {
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  const base = { businessDate, name: key, bytes: head.ContentLength ?? 0 };
  const stored = await findStoredDump(s3, bucket, businessDate);
  if (stored.sha256 !== undefined && stored.dumpKey === key) {
    return { ...base, kind: "manifest", sha256: stored.sha256, manifestKey: stored.manifestKey };
  }
  const sha256 = head.Metadata?.["sha256"] ?? (await sha256OfObject({ s3, bucket }, key));
  const takenAt = (head.LastModified ?? new Date(0)).toISOString();
  return { ...base, kind: "object", sha256, reference: { bucket, key, sha256, bytes: base.bytes, takenAt } };
}

async function sha256OfObject({ s3, bucket }: Pick<ClientAccess, "s3" | "bucket">, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const hash = createHash("sha256");
  if (Body !== undefined) for await (const chunk of Body.transformToWebStream()) hash.update(chunk as Uint8Array); // bytes, by the SDK
  return hash.digest("hex");
}
