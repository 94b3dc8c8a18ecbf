import type { Command } from "commander";
import type { S3Client } from "@aws-sdk/client-s3";
import type { LocalStatus } from "../../local/local-status.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { readSource } from "../../local/layer-table.ts";
import type { LoadProgress } from "../../shared/loader/load-dump.ts";
import { loadAndPublish } from "../../shared/loader/load-and-publish.ts";
import { schemaRefusal } from "../../shared/loader/schema-refusal.ts";
import { parseDatabaseUrl } from "../parse-database-url.ts";
import { wholeNumber } from "../parse-whole-number.ts";
import { LoadPrinter, printLoad } from "../output/print-load.ts";
import { TransientError } from "../../shared/errors/errors.ts";
import { StopSignals } from "../stop-signals.ts";
import { UsageError } from "../usage-error.ts";

interface LoadFlags {
  dump: string;
  target?: string;
  schema: string;
  connections: number;
  wait: number;
  skip: boolean;
  verify: boolean;
  allowUnmarkedEnd: boolean;
  only?: string[];
  preserveEmpty?: string[];
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ ./baton load --dump dump_20260207.sql --schema trial                  into the local stack's database
  $ BATON_TARGET_PASSWORD=... ./baton load --dump s3://dumps/basis.sql.gz --target mysql://etl@db.example:3306 --schema staging
  $ ./baton load --dump basis.sql.gz --schema trial --only books,orders   repairs two tables; the others stay as they are
  $ ./baton load --dump world.sql --schema world --preserve-empty '*' --verify

The dump is loaded into SCHEMA_next and published in SCHEMA with one RENAME; replaced tables go to SCHEMA_backup. Tables
that did not change since the last load stay as they are. --only also loads the tables that foreign keys connect with the
named ones. The password comes from the target URL, from
BATON_TARGET_PASSWORD or, without --target, from the local stack. Schemas of the server and of Baton are refused.`;

/** Adds `baton load`. */
export function register(program: Command): void {
  program
    .command("load")
    .description("load a MySQL or MariaDB dump into a schema, strictly and in parallel, and publish all tables at once")
    .requiredOption("--dump <location>", "a file or s3://bucket/key; plain, gzip or zstd")
    .option("--target <url>", "mysql://user[:password]@host[:port][?tls=required]; the local stack by default")
    .requiredOption("--schema <name>", "live schema to load")
    .option("--connections <n>", "number of connections for the load", wholeNumber(1, 32), 3)
    .option("--wait <seconds>", "wait this long while another load or a run uses the schema", wholeNumber(0, 86_400), 0)
    .option("--only <tables>", "load only these tables, separated by commas; all others stay as they are", parseList)
    .option("--no-skip", "also load unchanged tables")
    .option("--verify", "compare the loaded rows with the dump, value by value", false)
    .option(
      "--preserve-empty <tables>",
      "empty tables to create, separated by commas; * for all (default: mayBeEmpty in serverless.yml)",
      parseList,
    )
    .option("--allow-unmarked-end", "accept a dump without the comment `-- Dump completed`", false)
    .option("--json", "print the result as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action((flags: LoadFlags) => run(flags));
}

function parseList(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

async function run(flags: LoadFlags): Promise<void> {
  const { schema } = flags;
  const isS3 = flags.dump.startsWith("s3://");
  const local = flags.target === undefined || isS3 ? await readLocalStatus() : undefined;
  const warehouse = targetOf(flags.target, local);
  const refusal = await schemaRefusal(warehouse, schema);
  if (refusal !== undefined) throw new UsageError(`--schema ${refusal}`);
  const printer = new LoadPrinter();
  const stop = new StopSignals((signal) => interrupted(signal, schema, printer.last));
  try {
    const report = await loadAndPublish({
      location: flags.dump,
      s3: isS3 ? await s3Of(local) : undefined,
      warehouse,
      schemas: { live: schema, next: `${schema}_next`, backup: `${schema}_backup` },
      only: flags.only,
      preserveEmpty: flags.preserveEmpty ?? (await readSource()).mayBeEmpty,
      connections: flags.connections,
      skip: flags.skip ? "unchanged" : "force",
      verify: flags.verify ? "rows" : "counts",
      mayEnd: flags.allowUnmarkedEnd ? "anywhere" : "when-marked",
      waitSeconds: flags.wait,
      onWait: (holder) => process.stderr.write(`waiting up to ${flags.wait} s: ${schema} is in use by ${holder}\n`),
      signal: stop.signal,
      onProgress: (progress) => printer.progress(progress),
    });
    printer.end();
    printLoad(report, { json: flags.json, isVerified: flags.verify });
  } finally {
    printer.end();
    stop.release();
  }
}

function interrupted(signal: string, schema: string, progress: LoadProgress | undefined): TransientError {
  const { tables = 0, totalTables = 0 } = progress?.phase === "load" ? progress : {};
  const kept = `${tables} of ${totalTables} tables are loaded and kept in ${schema}_next`;
  const done = totalTables > 0 ? kept : "no table is loaded yet";
  return new TransientError("LOAD_INTERRUPTED", `stopped by ${signal}: ${done}; ${schema} did not change`, {
    kind: "timeout",
    advice: "Run the same command again: it continues with the rest.",
  });
}

// imported only when needed: the import takes longer than the scan of a small dump
async function readLocalStatus(): Promise<LocalStatus | undefined> {
  const { localStatus } = await import("../../local/local-status.ts");
  return localStatus();
}

async function s3Of(local: LocalStatus | undefined): Promise<S3Client> {
  const { S3Client: Client } = await import("@aws-sdk/client-s3");
  if (local === undefined || process.env["AWS_ACCESS_KEY_ID"] !== undefined) return new Client({});
  const { clientOptions } = await import("../../local/emulator/client-options.ts");
  return new Client({ ...clientOptions(local), forcePathStyle: true });
}

function targetOf(target: string | undefined, local: LocalStatus | undefined): WarehouseConfig {
  if (target === undefined) {
    if (local === undefined)
      throw new UsageError("the local stack is not running", "./baton local up, or --target mysql://...");
    const { host, port, user, password } = local.database;
    return { host, port, user, password, tls: "disabled", schemaPrefix: "" };
  }
  return parseDatabaseUrl(target, {
    option: "--target",
    passwordVariable: "BATON_TARGET_PASSWORD",
    passwordInUrl: "allow",
  });
}
