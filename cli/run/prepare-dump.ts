import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { BusinessDate } from "../../events/ids.ts";
import { oneLine } from "../../events/one-line.ts";
import { readSource } from "../../local/layer-table.ts";
import { dateInName, dumpNameOf, MANIFEST_PREFIX } from "../../shared/config/source.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { UsageError } from "../usage-error.ts";

/** A dump file with its manifest, ready for the upload. */
export interface PreparedDump {
  file: string;
  bytes: number;
  /** Size of the file as stored, compressed or not. */
  sha256: string;
  businessDate: BusinessDate;
  dumpKey: string;
  manifestKey: string;
  manifest: string;
  /** `own`: the source's manifest was beside the file; `written`: this command created the manifest. */
  manifestFrom: "own" | "written";
}

const manifestSchema = z.looseObject({
  dump_date: z.string().regex(/^\d{8}$/, "expected 8 digits"),
  dump_sha256: z.string(),
  dump_size_bytes: z.int(),
  dump_key: z.string().optional(),
});
type OwnManifest = z.infer<typeof manifestSchema>;

const NAME = /^(?<stem>.+?)(?<suffix>\.sql(\.gz|\.zst)?)$/;

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Prepares a dump file for a run. Uses the manifest beside it (`<name>.json`), or writes one. The name, date, size and
 * sha256 of file and manifest must agree, so that a wrong pair is never uploaded.
 *
 * @param date the business date; by default the manifest's, else the eight digits in the file's name
 * @throws UsageError when the file is missing or has no date
 * @throws PermanentError DUMP_MANIFEST_MISMATCH with what the manifest says and what was found
 */
export async function prepareDump(file: string, date: BusinessDate | undefined): Promise<PreparedDump> {
  const size = await stat(file).catch(() => {
    throw new UsageError(`there is no dump at ${file}`, "To make one: ./baton sample --size 50MB --out sample.sql");
  });
  const { stem = basename(file), suffix = ".sql" } = NAME.exec(basename(file))?.groups ?? {};
  const manifestFile = join(dirname(file), `${stem}.json`);
  const own = await readManifest(manifestFile);
  const dates = {
    "--date": date,
    [`the manifest's dump_date`]: own === undefined ? undefined : dateInName(own.dump_date),
    "the file name": dateInName(stem),
    "the manifest's dump_key": dateInName(own?.dump_key ?? ""),
  };
  const businessDate = Object.values(dates).find((value) => value !== undefined);
  if (businessDate === undefined) {
    throw new UsageError(
      `${file} has no date in its name and no manifest beside it`,
      "Pass the business date: --date 2026-02-07",
    );
  }
  const sha256 = await sha256Of(file);
  const differences = Object.entries(dates)
    .filter(([, value]) => value !== undefined && value !== businessDate)
    .map(([what, value]) => `${what} is ${value ?? ""}, expected ${businessDate}`);
  if (own !== undefined && own.dump_size_bytes !== size.size) {
    differences.push(`dump_size_bytes is ${own.dump_size_bytes}, the file has ${size.size} bytes`);
  }
  if (own !== undefined && own.dump_sha256 !== sha256) {
    differences.push(`dump_sha256 is ${own.dump_sha256}, the file has ${sha256}`);
  }
  if (differences.length > 0) {
    const files = own === undefined ? file : `${file} and ${manifestFile}`;
    throw mismatch(`${files} do not agree: ${differences.join("; ")}. Nothing was uploaded`);
  }
  const source = await readSource();
  const name = dumpNameOf(source, businessDate);
  const dumpKey = `dumps/${name}${suffix}`;
  return {
    file,
    bytes: size.size,
    sha256,
    businessDate,
    dumpKey,
    manifestKey: `${MANIFEST_PREFIX}${name}.json`,
    manifest: JSON.stringify(
      own === undefined
        ? writeManifest({ businessDate, dumpKey, sha256, bytes: size.size, takenAt: size.mtime }, source.database)
        : { ...own, dump_key: dumpKey },
    ),
    manifestFrom: own === undefined ? "written" : "own",
  };
}

function mismatch(message: string): PermanentError {
  return new PermanentError("DUMP_MANIFEST_MISMATCH", message, {
    kind: "input",
    advice: "Put the manifest that belongs to this dump beside it, or move the manifest away to have one written.",
  });
}

async function readManifest(file: string): Promise<OwnManifest | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw mismatch(`${file} is not JSON: ${String(error)}`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw mismatch(`${file} is not a manifest of a dump: ${oneLine(parsed.error)}`);
}

function writeManifest(
  dump: { businessDate: BusinessDate; dumpKey: string; sha256: string; bytes: number; takenAt: Date },
  database = "unknown",
) {
  return {
    run_id: `${dump.businessDate.replaceAll("-", "")}-operator`,
    generated_at: dump.takenAt.toISOString(),
    dump_date: dump.businessDate.replaceAll("-", ""),
    dump_key: dump.dumpKey,
    dump_sha256: dump.sha256,
    dump_size_bytes: dump.bytes,
    source_host: hostname(),
    source_database: database,
    source_valid: true,
    valid_for_etl: true,
  };
}
