import { rmSync, statSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { businessDateSchema } from "../../events/ids.ts";
import type { WrittenSample } from "../../local/sample/write-sample.ts";
import type { DumpFormat } from "../../local/sample/render/dump-format.ts";
import { dumpNameOf, type Source } from "../../shared/config/source.ts";
import { dayOf } from "../../shared/time/business-day.ts";
import { Interrupted } from "../interrupted.ts";
import { say } from "../output/say.ts";
import { wholeNumber } from "../parse-whole-number.ts";
import { parseSize } from "../parse-size.ts";
import { UsageError } from "../usage-error.ts";

interface SampleFlags {
  size: number;
  seed: number;
  date: string;
  out: string;
  evolve?: number;
  format: DumpFormat;
  gzip: boolean;
  json: boolean;
}

const MAX_DAYS = 366;

const TODAY = "today";

function parseDate(text: string): string {
  if (text === TODAY) return text;
  const parsed = businessDateSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError("expected a day as YYYY-MM-DD, or today");
  return parsed.data;
}

function isFolder(path: string): boolean {
  // a path that does not exist is the name of a file
  return path.endsWith("/") || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** Paths of a day's dump and manifest below `--out`. */
function targetsOf(
  flags: SampleFlags,
  source: Source,
): (businessDate: string) => { file: string; manifestFile: string } {
  const { out, gzip, evolve } = flags;
  const looksLikeFile = /\.sql(\.gz)?$/.test(out);
  if (isFolder(out) || (evolve !== undefined && !looksLikeFile)) {
    return (day) => {
      const name = dumpNameOf(source, businessDateSchema.parse(day));
      return { file: join(out, `${name}.sql${gzip ? ".gz" : ""}`), manifestFile: join(out, `${name}.json`) };
    };
  }
  if (evolve !== undefined) {
    throw new UsageError(`--evolve writes one file per day, but ${out} is a single file`, "Pass a folder: --out days/");
  }
  const name = basename(out).replace(/(\.sql)?(\.gz)?$/, "");
  return () => ({ file: out, manifestFile: join(dirname(out), `${name}.json`) });
}

function report(written: WrittenSample, businessDate: string, durationMs: number): object {
  const rows = Object.values(written.rows).reduce((sum, count) => sum + count, 0);
  return {
    businessDate,
    file: written.file,
    bytes: written.bytes,
    plainBytes: written.plainBytes,
    sha256: written.sha256,
    tables: Object.keys(written.rows).length,
    rows,
    rowsByTable: written.rows,
    durationMs,
    manifest: written.manifest,
  };
}

async function writeDays(flags: SampleFlags): Promise<void> {
  const { sampleDays } = await import("../../local/sample/sample.ts");
  const { writeSample } = await import("../../local/sample/write-sample.ts");
  const source = await (await import("../../local/layer-table.ts")).readSource();
  const targets = targetsOf(flags, source);
  const { size: sizeBytes, seed, evolve: days = 1, format, gzip: isGzip } = flags;
  const date = flags.date === TODAY ? dayOf(new Date()) : flags.date;
  const reports: object[] = [];
  for (const sample of sampleDays({ sizeBytes, seed, date, days })) {
    const { file, manifestFile } = targets(sample.businessDate);
    await mkdir(dirname(file), { recursive: true });
    const startedAt = performance.now();
    const written = await whole(file, (part) => writeSample(sample, { file: part, manifestFile, format, isGzip }));
    const durationMs = Math.round(performance.now() - startedAt);
    reports.push({ ...report(written, sample.businessDate, durationMs), manifestFile });
    if (!flags.json) {
      const megabytes = (written.bytes / 1e6).toFixed(1);
      process.stdout.write(`${sample.businessDate}  ${file}  ${megabytes} MB  ${(durationMs / 1_000).toFixed(1)} s\n`);
    }
  }
  if (flags.json) process.stdout.write(`${JSON.stringify({ days: reports })}\n`);
}

/** Writes to a temporary name first, so that a command that fails or is interrupted leaves no partial file. */
async function whole(file: string, write: (part: string) => Promise<WrittenSample>): Promise<WrittenSample> {
  const part = `${file}.part`;
  const remove = (signal: NodeJS.Signals): never => {
    rmSync(part, { force: true });
    const interrupted = new Interrupted(signal, `interrupted: ${file} was not written`);
    say(interrupted.message);
    process.exit(interrupted.exitCode);
  };
  process.on("SIGINT", remove).on("SIGTERM", remove);
  try {
    const written = await write(part);
    await rename(part, file);
    return { ...written, file };
  } finally {
    process.off("SIGINT", remove).off("SIGTERM", remove);
    rmSync(part, { force: true });
  }
}

/** `./baton sample`: generates source dumps; the same options give the same bytes. */
export function register(program: Command): void {
  program
    .command("sample")
    .summary("write a generated dump of the source system, and its manifest")
    .description(
      "Writes a generated dump of the source system, and its manifest. The same options give the same bytes.",
    )
    .option("--size <size>", "size of the plain dump: 50MB, 300MB, 1GB (MB is 1,000,000 bytes)", parseSize, 50e6)
    .option("--seed <n>", "seed of the generated names, amounts and data errors", wholeNumber(0, 2 ** 31 - 1), 7)
    .option("--date <day>", "business date of the (first) dump, or today", parseDate, "2026-02-07")
    .requiredOption("--out <path>", "file, or folder (ends in / or exists)")
    .option("--evolve <days>", "write this many consecutive days, the first being --date", wholeNumber(1, MAX_DAYS))
    .addOption(
      new Option("--format <form>", "format of the dump: mysqldump with --compact, or with its default options")
        .choices(["compact", "full"])
        .default("compact"),
    )
    .option("--gzip", "compress the dump", false)
    .option("--json", "print the written files as JSON", false)
    .addHelpText(
      "after",
      `
--out F.sql writes F.sql and its manifest F.json beside it. --out FOLDER/ writes FOLDER/NAME_YYYYMMDD.sql and .json, NAME from serverless.yml.
With --evolve N, each day adds changes to the day before: tenants arrive, move, change status and leave. IDs do not change.

Examples:
  ./baton sample --size 50MB --seed 7 --date 2026-02-07 --out dump.sql
  ./baton sample --size 50MB --evolve 3 --out days/
  ./baton sample --size 300MB --format full --gzip --out dump.sql.gz --json`,
    )
    .action(writeDays);
}
