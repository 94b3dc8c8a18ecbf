import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { engineProgram, programNames } from "../../local/engine-programs.ts";
import { projectRoot } from "../../shared/config/checkout.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { writeDump } from "./bench-dumps.ts";
import { makeMydumperDump, runMyloader } from "./contender.ts";
import type { BenchOptions } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { runTimed, type Timed } from "./run-timed.ts";
import { median } from "./statistics.ts";

/** What `npm run bench -- migrate` prints. Times are medians of whole processes. */
export interface MigrateBench {
  dumpBytes: number;
  rows: number;
  tables: number;
  from: string;
  to: string;
  /** The stock programs: dump | client. */
  stock: { ms: number; runsMs: readonly number[] };
  /** mydumper into files, then myloader, two threads each. */
  mydumper: { ms: number; runsMs: readonly number[] };
  /** `peakRssBytes`: the highest of copy, verify and switch. */
  copy: {
    ms: number;
    runsMs: readonly number[];
    rowsPerSecond: number;
    ratioToStock: number;
    ratioToMydumper: number;
    peakRssBytes: number;
  };
  verify: { ms: number; runsMs: readonly number[]; ratioToCopy: number };
  /** After the copy. `closedMs`: no server accepted a run for so long. */
  switch: { ms: number; runsMs: readonly number[]; closedMs: number };
  repetitions: number;
}

type Measured = Pick<Timed, "ms" | "peakRssBytes">;

const PREFIX = "bench_";
const SCHEMA = `${PREFIX}staging`;

/**
 * Moves one sample from server to server with the stock programs, with mydumper and myloader, and with Baton, alternately,
 * and compares both sides after each copy. Then Baton switches, and back.
 *
 * @throws PermanentError BENCH_ROWS_DIFFER, BENCH_PROGRAM_FAILED
 */
export async function benchMigrate(
  servers: { from: BenchServer; to: BenchServer },
  sizeBytes: number,
  { repeat, signal, say }: BenchOptions,
): Promise<MigrateBench> {
  const { from, to } = servers;
  say(`loading a sample of ${Math.round(sizeBytes / 1e6)} MB into ${from.database.engine}`);
  const dump = await writeDump(from.folder, sizeBytes);
  await loadSample(from, dump.file, signal);
  const counts = await from.countRows(SCHEMA);
  const runs = {
    stock: new Array<Measured>(),
    mydumper: new Array<Measured>(),
    copy: new Array<Measured>(),
    verify: new Array<Measured>(),
    switch: new Array<Measured>(),
  };
  const closedMs: number[] = [];
  for (let turn = 0; turn < repeat; turn += 1) {
    const note = (name: keyof typeof runs, timed: Measured): void => {
      runs[name].push(timed);
      say(`${turn + 1}/${repeat} ${name} ${(timed.ms / 1_000).toFixed(2)} s`);
    };
    await clear(to);
    note("stock", await runStock(servers, signal));
    note("mydumper", await runMydumper(servers, signal));
    await clear(to);
    note("copy", await runMigrate(servers, "copy", signal));
    const verified = await runMigrate(servers, "verify", signal);
    note("verify", verified);
    // the command's own answer
    const { equal } = JSON.parse(verified.stdout) as { equal: boolean };
    // the servers sort names differently
    if (!equal || !isDeepStrictEqual(await to.countRows(SCHEMA), counts)) {
      throw new PermanentError("BENCH_ROWS_DIFFER", "the copy has other rows than the source", { kind: "bug" });
    }
    const switched = await runMigrate(servers, "switch", signal);
    note("switch", switched);
    closedMs.push((JSON.parse(switched.stdout) as { closedMs: number }).closedMs);
    await runMigrate(servers, "back", signal);
  }
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const msOf = (timed: readonly Measured[]): { ms: number; runsMs: number[] } => {
    const runsMs = timed.map(({ ms }) => Math.round(ms));
    return { ms: Math.round(median(runsMs)), runsMs };
  };
  const [stock, mydumper, copy] = [msOf(runs.stock), msOf(runs.mydumper), msOf(runs.copy)];
  const verify = msOf(runs.verify);
  const inCommands = [...runs.copy, ...runs.verify, ...runs.switch];
  return {
    ...{ dumpBytes: dump.bytes, rows, tables: Object.keys(counts).length, repetitions: repeat, stock, mydumper },
    from: await from.version(),
    to: await to.version(),
    copy: {
      ...copy,
      rowsPerSecond: Math.round((rows / copy.ms) * 1_000),
      ratioToStock: Number((copy.ms / stock.ms).toFixed(2)),
      ratioToMydumper: Number((copy.ms / mydumper.ms).toFixed(2)),
      peakRssBytes: Math.max(...inCommands.map(({ peakRssBytes }) => peakRssBytes ?? 0)),
    },
    verify: { ...verify, ratioToCopy: Number((verify.ms / copy.ms).toFixed(2)) },
    switch: { ...msOf(runs.switch), closedMs: Math.max(...closedMs) },
  };
}

function clear(server: BenchServer): Promise<void> {
  const schemas = ["staging", "pipeline"].flatMap((name) => ["", "_next", "_backup"].map((end) => PREFIX + name + end));
  return server.clear(schemas);
}

/** Makes the source a warehouse: a staging schema and a ledger. */
async function loadSample(server: BenchServer, dump: string, signal: AbortSignal | undefined): Promise<void> {
  const { password } = server.database;
  const args = ["load", "--dump", dump, "--target", urlOf(server), "--schema", SCHEMA, "--json"];
  const env = { ...process.env, BATON_TARGET_PASSWORD: password };
  await runTimed({ name: "baton load", command: join(projectRoot, "baton"), args, env, signal });
  const { host, port, user } = server.database;
  const config: WarehouseConfig = { host, port, user, password, tls: "disabled", schemaPrefix: PREFIX };
  const { pool } = await openLedger(config, {});
  await pool.end();
  await server.settle();
}

function urlOf({ database: { user, host, port } }: BenchServer): string {
  return `mysql://${user}@${host}:${port}`;
}

function runMigrate(
  { from, to }: { from: BenchServer; to: BenchServer },
  command: "copy" | "verify" | "switch" | "back",
  signal: AbortSignal | undefined,
): Promise<Timed> {
  const sides = ["--from", urlOf(from), "--to", urlOf(to), "--schema-prefix", PREFIX, "--json"];
  const args = ["migrate", command, ...sides, ...(command === "switch" || command === "back" ? ["--yes"] : [])];
  const env = {
    ...process.env,
    BATON_FROM_PASSWORD: from.database.password,
    BATON_TO_PASSWORD: to.database.password,
  };
  return runTimed({ name: `baton migrate ${command}`, command: join(projectRoot, "baton"), args, env, signal });
}

/** mydumper's dump of the sample, and myloader. */
async function runMydumper(
  { from, to }: { from: BenchServer; to: BenchServer },
  signal: AbortSignal | undefined,
): Promise<Measured> {
  const folder = join(from.folder, "mydumper");
  const dumped = await makeMydumperDump(from, folder, signal, SCHEMA);
  const loaded = await runMyloader(to, folder, signal, SCHEMA);
  await rm(folder, { recursive: true });
  return { ms: dumped.ms + loaded.ms, peakRssBytes: loaded.peakRssBytes };
}

/** The dump program of the source's engine, piped into the client of the target's. */
async function runStock(
  { from, to }: { from: BenchServer; to: BenchServer },
  signal: AbortSignal | undefined,
): Promise<Timed> {
  await to.create(SCHEMA);
  const dump = engineProgram("dump", from.database.engine);
  const client = engineProgram("client", to.database.engine);
  const options = ({ database: { host, port, user } }: BenchServer): string[] => [
    ...["--no-defaults", `--host=${host}`, `--port=${port}`, `--user=${user}`, "--default-character-set=utf8mb4"],
    "--max-allowed-packet=1G",
  ];
  const words = (password: string, command: string, args: readonly string[]): string =>
    [`MYSQL_PWD=${quote(password)}`, quote(command), ...args.map(quote)].join(" ");
  const script = [
    words(from.database.password, dump.command, [
      ...[...dump.first, ...options(from), "--single-transaction"],
      // MariaDB does not have GTID_PURGED
      ...(from.database.engine === "mysql" ? ["--set-gtid-purged=OFF"] : []),
      SCHEMA,
    ]),
    words(to.database.password, client.command, [...client.first, ...options(to), SCHEMA]),
  ].join(" | ");
  const name = `${programNames[from.database.engine].dump} | ${programNames[to.database.engine].client}`;
  const env = { ...client.env, ...dump.env };
  return runTimed({ name, command: "bash", args: ["-o", "pipefail", "-c", script], env, signal });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
