import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { businessDateSchema, type BusinessDate } from "../../events/ids.ts";
import { UsageError } from "../usage-error.ts";

/** A dump file with its manifest, ready to be uploaded. */
export interface PreparedDump {
  file: string;
  bytes: number;
  sha256: string;
  businessDate: BusinessDate;
  dumpKey: string;
  manifestKey: string;
  manifest: string;
  /** True where the source's own manifest lay beside the file. */
  hasOwnManifest: boolean;
}

const manifestSchema = z.looseObject({ dump_date: z.string().regex(/^\d{8}$/), dump_sha256: z.string() });

const NAME = /^(?<stem>.+?)(?<suffix>\.sql(\.gz|\.zst)?)$/;

function dashed(compact: string): BusinessDate {
  const day = `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6)}`;
  const parsed = businessDateSchema.safeParse(day);
  if (!parsed.success) throw new UsageError(`${compact} is no date`, "name the day: --date 2026-02-07");
  return parsed.data;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    await access(path);
  } catch {
    return undefined;
  }
  return readFile(path, "utf8");
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Prepares a dump file for a run: takes the manifest that lies beside it (`<name>.json`), or writes one from what the
 * file is. What its manifest claims is checked by the staging layer, not here.
 *
 * @param date the business date; by default the manifest's, else the eight digits in the file's name
 * @throws UsageError when the file is missing or no date can be told
 */
export async function prepareDump(file: string, date: BusinessDate | undefined): Promise<PreparedDump> {
  const size = await stat(file).catch(() => {
    throw new UsageError(`there is no dump at ${file}`, "make one: ./baton sample --size 50MB --out sample.sql");
  });
  const { stem = basename(file), suffix = ".sql" } = NAME.exec(basename(file))?.groups ?? {};
  const own = await readIfThere(join(dirname(file), `${stem}.json`));
  const parsed = own === undefined ? undefined : manifestSchema.safeParse(JSON.parse(own));
  const named = parsed?.data?.dump_date ?? /(\d{8})/.exec(stem)?.[1];
  const businessDate = date ?? (named === undefined ? undefined : dashed(named));
  if (businessDate === undefined) {
    throw new UsageError(
      `the name of ${file} tells no date, and no manifest lies beside it`,
      "name the day: --date 2026-02-07",
    );
  }
  const name = `gghouse_${businessDate.replaceAll("-", "")}`;
  const dumpKey = `dumps/${name}${suffix}`;
  const sha256 = parsed?.data?.dump_sha256 ?? (await sha256Of(file));
  const manifest =
    own === undefined
      ? writeManifest({ businessDate, dumpKey, sha256, bytes: size.size, takenAt: size.mtime })
      : JSON.stringify({ ...(JSON.parse(own) as object), dump_key: dumpKey }); // parsed above, an object or the gate refuses it
  return {
    file,
    bytes: size.size,
    sha256,
    businessDate,
    dumpKey,
    manifestKey: `dumps-manifest/${name}.json`,
    manifest,
    hasOwnManifest: own !== undefined,
  };
}

function writeManifest(dump: {
  businessDate: BusinessDate;
  dumpKey: string;
  sha256: string;
  bytes: number;
  takenAt: Date;
}): string {
  return JSON.stringify({
    run_id: `${dump.businessDate.replaceAll("-", "")}-operator`,
    generated_at: dump.takenAt.toISOString(),
    dump_date: dump.businessDate.replaceAll("-", ""),
    dump_key: dump.dumpKey,
    dump_sha256: dump.sha256,
    dump_size_bytes: dump.bytes,
    source_host: hostname(),
    source_database: "unknown",
    source_valid: true,
    valid_for_etl: true,
  });
}
