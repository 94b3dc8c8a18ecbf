import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { readSource } from "../layer-table.ts";
import { plantFaults, type SampleFault } from "./faults.ts";
import {
  buildManifest,
  completedAt,
  hostOf,
  SOURCE_DATABASE,
  WATCHED_TABLES,
  type SampleManifest,
  type WatchedTable,
} from "./manifest.ts";
import type { DumpFormat } from "./render/dump-format.ts";
import { renderDump } from "./render/render-dump.ts";
import type { Cell } from "./schema/column.ts";
import type { Sample } from "./sample.ts";
import type { TableContent } from "./table-content.ts";

/** Options for writing a sample. */
export interface WriteOptions {
  /** Path of the dump. */
  file: string;
  /** Path of the manifest; without it no manifest is written. */
  manifestFile?: string;
  format?: DumpFormat;
  isGzip?: boolean;
  /** Name of the dumped database. Default: that of `custom.source` in `serverless.yml`, else `basis`. */
  database?: string;
  faults?: readonly SampleFault[];
  /** Truncates the plain dump to this many bytes. Size and sha256 in the manifest match, so only a parser notices. */
  truncateAt?: number;
}

/** The result of writing a sample. */
export interface WrittenSample {
  file: string;
  manifest: SampleManifest;
  /** Bytes of the file as stored. */
  bytes: number;
  /** Bytes of the plain dump. */
  plainBytes: number;
  sha256: string;
  /** Rows by table. */
  rows: Record<string, number>;
}

/** Counts rows and records the greatest updated_at while a table's rows are written. */
class RowWatch {
  readonly rows: Record<string, number> = {};
  readonly maxUpdatedAt: Partial<Record<WatchedTable, string>> = {};

  watch(content: TableContent): TableContent {
    return { ...content, rows: () => this.#pass(content) };
  }

  *#pass({ table, rows }: TableContent): Generator<readonly Cell[]> {
    const watched = WATCHED_TABLES.find((name) => name === table.name);
    const updatedAt = table.columns.findIndex(({ name }) => name === "updated_at");
    let count = 0;
    let max = "";
    for (const row of rows()) {
      count += 1;
      const value = row[updatedAt];
      if (watched !== undefined && typeof value === "string" && value > max) max = value;
      yield row;
    }
    this.rows[table.name] = count;
    if (watched !== undefined && max !== "") this.maxUpdatedAt[watched] = max;
  }
}

function* truncated(chunks: Iterable<Buffer>, bytes: number): Generator<Buffer> {
  let left = bytes;
  for (const chunk of chunks) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

/** Passes bytes through, counts them and computes their sha256. */
class Meter extends Transform {
  readonly #hash = createHash("sha256");
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    done(null, chunk);
  }

  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }
}

/**
 * The chunks of a sample's dump, without a file.
 *
 * @yields chunks of about 1 MB
 */
export function dumpChunks(
  sample: Sample,
  {
    format = "compact",
    database = SOURCE_DATABASE,
    faults = [],
  }: Pick<WriteOptions, "format" | "database" | "faults"> = {},
): Generator<Buffer> {
  return chunksOf(plantFaults(sample.contents, faults), sample, { format, database });
}

function chunksOf(
  contents: readonly TableContent[],
  sample: Sample,
  { format, database }: { format: DumpFormat; database: string },
): Generator<Buffer> {
  const wallTime = completedAt(sample.businessDate).slice(0, 19).replace("T", " ");
  return renderDump(contents, { format, database, host: hostOf(database), completedAt: wallTime });
}

/**
 * Writes a sample's dump and, if requested, its manifest, as a stream. Creates missing folders. The manifest has the
 * names of `custom.source` in `serverless.yml`.
 *
 * @throws RangeError when a fault names something that the sample does not have
 */
export async function writeSample(sample: Sample, options: WriteOptions): Promise<WrittenSample> {
  const { file, format = "compact", isGzip = false, faults = [], truncateAt } = options;
  const named = await readSource();
  const { database = named.database ?? SOURCE_DATABASE } = options;
  const watch = new RowWatch();
  const contents = plantFaults(sample.contents, faults).map((content) => watch.watch(content));
  const chunks = chunksOf(contents, sample, { format, database });
  const [plain, stored] = [new Meter(), new Meter()];
  await mkdir(dirname(file), { recursive: true });
  const source = Readable.from(truncateAt === undefined ? chunks : truncated(chunks, truncateAt), {
    objectMode: false,
  });
  if (isGzip) await pipeline(source, plain, createGzip({ level: 6 }), stored, createWriteStream(file));
  else await pipeline(source, plain, stored, createWriteStream(file));
  const manifest = buildManifest({
    businessDate: sample.businessDate,
    sha256: stored.sha256,
    bytes: stored.bytes,
    isGzip,
    ...{ dumpName: named.dumpName, database },
    seed: sample.options.seed,
    maxUpdatedAt: watch.maxUpdatedAt,
  });
  if (options.manifestFile !== undefined) {
    await mkdir(dirname(options.manifestFile), { recursive: true });
    await writeFile(options.manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
  }
  return { file, manifest, bytes: stored.bytes, plainBytes: plain.bytes, sha256: stored.sha256, rows: watch.rows };
}
