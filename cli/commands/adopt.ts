import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { parseDocument } from "yaml";
import { dialectOf } from "../../shared/loader/lexer/dialect.ts";
import type { DumpIndex } from "../../shared/loader/index/dump-index.ts";
import { indexPass } from "../../shared/loader/index/index-pass.ts";
import { openSource } from "../../shared/loader/source/open-source.ts";
import { limitsSchema } from "../../shared/quality/quality-rules.ts";
import { formatBytes, formatCount, formatMany } from "../../shared/text/format.ts";
import { FIRST_MODELS, isReadable, startingPoint, type StarterFile } from "../adopt/starting-point.ts";
import { factsOf, type TableFacts } from "../adopt/table-facts.ts";
import { printAnswer } from "../output/print-answer.ts";
import { Progress } from "../output/progress.ts";
import { shellWord } from "../output/shell-word.ts";
import { table } from "../output/table.ts";
import { UsageError } from "../usage-error.ts";

interface AdoptFlags {
  dump: string;
  tables?: string;
  out?: string;
  overwrite: boolean;
  json?: boolean;
}

/** The dump's part of custom.source. */
interface Source {
  dumpName: string;
  database?: string;
}

/** The newest server that the loader knows; it reads every versioned comment of a dump. */
const SERVER = "8.4.0";

const EXAMPLES = `
Examples:
  ./baton adopt --dump shop_20260207.sql.gz                                 shows what the dump holds, writes nothing
  ./baton adopt --dump shop_20260207.sql.gz --tables books,orders --out ./   writes the starting point into this checkout
  ./baton adopt --dump shop_20260207.sql.gz --json | jq '.tables[].name'

--out writes below the folder: dbt/models/sources/staging.yml, a model and its YAML in dbt/models/${FIRST_MODELS}/ for each table with a
key, and custom.source of serverless.yml if the folder has one, without the layers that have no models. docs/adopt.md is the whole way.`;

/** `baton adopt`: what a dump holds, and a starting point for models of one's own. */
export function register(program: Command): void {
  program
    .command("adopt")
    .summary("show what a dump holds, and write a first version of sources and models for it")
    .description(
      "Reads a dump of your own database and prints its tables. With --out it writes sources with data tests (keys, NOT NULL, relations), " +
        "one model for each table, and the settings of serverless.yml. Needs no server.",
    )
    .requiredOption("--dump <file>", "the dump; plain, gzip or zstd")
    .option("--tables <tables>", "tables that models read, separated by commas; default: all")
    .option("--out <folder>", "the checkout to write to; without it nothing is written")
    .option("--overwrite", "replace files that exist", false)
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(adopt);
}

async function adopt(flags: AdoptFlags): Promise<void> {
  const index = await readIndex(flags.dump);
  const all = index.tables.map(factsOf);
  const chosen = choose(all, flags.tables);
  const source = { dumpName: dumpNameIn(flags.dump, index), ...(index.database && { database: index.database }) };
  const files = startingPoint(chosen, limitsSchema.parse({}));
  const written = flags.out === undefined ? [] : await write(flags.out, files, source, flags);
  const notes = notesOn(chosen, index);
  printAnswer(flags.json, { dump: { bytes: index.bytes, rows: index.rows }, source, tables: all, notes, written }, () =>
    render(all, { index, source, notes, written, flags }),
  );
}

async function readIndex(dump: string): Promise<DumpIndex> {
  const source = await openSource(dump);
  const progress = new Progress();
  try {
    const index = await indexPass(source, {
      dialect: dialectOf(SERVER),
      onProgress: (bytes) => progress.show(`${formatBytes(bytes)} of ${formatBytes(source.bytes)} read`),
    });
    return index;
  } finally {
    progress.end();
    await source.close();
  }
}

function choose(all: readonly TableFacts[], list: string | undefined): TableFacts[] {
  if (list === undefined) return [...all];
  const names = list.split(",").map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const found = all.find((facts) => facts.name === name);
    if (found !== undefined) return found;
    throw new UsageError(
      `the dump has no table ${name}`,
      `Its tables are ${all.map((facts) => facts.name).join(", ")}.`,
    );
  });
}

/** The name before the date in the file's name, else the name of the database. */
function dumpNameIn(file: string, { database }: DumpIndex): string {
  const [, named] = /^([A-Za-z0-9][A-Za-z0-9_-]*?)[_-]?\d{8}/.exec(basename(file)) ?? [];
  return named ?? (database ?? "dump").replaceAll(/[^A-Za-z0-9_-]/g, "-");
}

function notesOn(chosen: readonly TableFacts[], { skipped }: DumpIndex): string[] {
  const keyless = chosen.filter(({ key }) => key.length === 0).map(({ name }) => name);
  const unreadable = chosen.filter((facts) => !isReadable(facts)).map(({ name }) => name);
  const alike = chosen
    .map(({ name }) => name)
    .filter((name, index, names) =>
      names.some((other, place) => place !== index && other.toLowerCase() === name.toLowerCase()),
    );
  const left = Object.entries(skipped).map(([kind, count]) => `${formatCount(count)} ${kind}`);
  return [
    ...(unreadable.length === 0 ? [] : [`no source for ${unreadable.join(", ")}: dbt cannot read a name with a quote`]),
    ...(alike.length === 0
      ? []
      : [
          `dbt cannot write its documentation with ${alike.join(", ")}, whose names differ only in case: leave them out of --tables if you need it`,
        ]),
    ...(keyless.length === 0
      ? []
      : [
          `no model for ${keyless.join(", ")}: no primary or unique key of at most 3,072 bytes in utf8mb4. Write the model yourself and choose its primary key`,
        ]),
    ...(left.length === 0 ? [] : [`not loaded, or replaced (docs/dumps.md): ${left.join(", ")}`]),
  ];
}

/** Writes the files that do not exist, or all; first checks all, so that a refusal writes nothing. */
async function write(
  folder: string,
  files: readonly StarterFile[],
  source: Source,
  { overwrite }: AdoptFlags,
): Promise<string[]> {
  const targets = files.map(({ path, text }) => ({ path: join(folder, "dbt", path), text }));
  const existing: string[] = [];
  for (const { path, text } of targets) {
    const found = await readFile(path, "utf8").catch(() => undefined);
    if (found !== undefined && found !== text) existing.push(path);
  }
  if (existing.length > 0 && !overwrite) {
    throw new UsageError(
      `${existing.join(", ")} exist and differ. Nothing was written`,
      "Remove or rename them (docs/adopt.md), choose other --tables, or add --overwrite.",
    );
  }
  for (const { path, text } of targets) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const isConfigured = await configure(folder, source);
  return [...targets.map(({ path }) => path), ...(isConfigured ? [join(folder, "serverless.yml")] : [])];
}

/** What adopt reads of serverless.yml; its layers are checked when it is used. */
interface Settings {
  custom?: { layers?: { name?: string }[]; source?: { dumpName?: string } };
}

/**
 * Sets custom.source, and removes the layers of the example: those without models, and silver's seeds if there are none.
 * Comments and everything else stay. The settings of this source stay when it is adopted again.
 */
async function configure(folder: string, source: Source): Promise<boolean> {
  const file = join(folder, "serverless.yml");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return false;
  const document = parseDocument(text);
  const { layers = [], source: before } = (document.toJS() as Settings).custom ?? {};
  if (before?.dumpName !== source.dumpName) {
    // that of the example; where the dump names none, the manifest's is not checked
    document.deleteIn(["custom", "source", "database"]);
    for (const [name, value] of Object.entries({ mayBeEmpty: [], ...source })) {
      document.setIn(["custom", "source", name], document.createNode(value, { flow: true }));
    }
  }
  const silver = layers.findIndex(({ name }) => name === FIRST_MODELS);
  if (silver !== -1 && !existsSync(join(folder, "dbt/seeds"))) {
    document.deleteIn(["custom", "layers", silver, "alsoBuilds"]);
  }
  const unused = layers.flatMap(({ name = "" }, index) =>
    name === "staging" || existsSync(join(folder, "dbt/models", name)) ? [] : [index],
  );
  for (const index of unused.reverse()) document.deleteIn(["custom", "layers", index]);
  const configured = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  if (configured === text) return false;
  await writeFile(file, configured);
  return true;
}

interface Findings {
  index: DumpIndex;
  source: Source;
  notes: readonly string[];
  written: readonly string[];
  flags: AdoptFlags;
}

function render(all: readonly TableFacts[], { index, source, notes, written, flags }: Findings): string {
  const cells = all.map(({ name, rows, bytes, columns, key, relations }) => [
    ...[name, formatCount(rows), formatBytes(bytes), String(columns.length), key.join(", ")],
    relations
      .map(
        ({ columns: from, toTable }) => `${from.length === 1 ? from.join("") : `(${from.join(", ")})`} -> ${toTable}`,
      )
      .join(", "),
  ]);
  const dump = shellWord(flags.dump);
  const head = ["table", "rows", "bytes", "columns", "key", "relations"];
  const next =
    flags.out === undefined
      ? `Next: choose the tables that models read: ./baton adopt --dump ${dump} --tables TABLE,TABLE --out ./`
      : `Next: set timeZone in serverless.yml, then ./baton local up, then ./baton run --dump ${dump} --watch`;
  return [
    table(head, cells, { alignRight: [1, 2, 3] }),
    "",
    `${formatMany(all.length, "table")}, ${formatMany(index.rows, "row")}, ${formatBytes(index.bytes)}, database ${source.database ?? "not named"}, dump name ${source.dumpName}`,
    ...notes,
    ...written.map((path) => `wrote ${path}`),
    next,
  ].join("\n");
}
