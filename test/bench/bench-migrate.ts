import { join } from "node:path";
import { engineProgram, programNames } from "../../local/engine-programs.ts";
import { projectRoot } from "../../shared/config/checkout.ts";
import type { WarehouseConfig } from "../../shared/config/warehouse-config.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { openLedger } from "../../shared/ledger/open-ledger.ts";
import { writeDump } from "./bench-dumps.ts";
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
  copy: { ms: number; runsMs: readonly number[]; rowsPerSecond: number; ratioToStock: number; peakRssBytes: number };
  verify: { ms: number; runsMs: readonly number[]; ratioToCopy: number };
  repetitions: number;
}

const PREFIX = "bench_";
const SCHEMA = `${PREFIX}staging`;

/**
 * Moves one sample from server to server with the stock programs and with Baton, alternately, and compares both sides
 * after each copy.
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
  const runs: Record<"stock" | "copy" | "verify", Timed[]> = { stock: [], copy: [], verify: [] };
  for (let turn = 0; turn < repeat; turn += 1) {
    const note = (name: keyof typeof runs, timed: Timed): void => {
      runs[name].push(timed);
      say(`${turn + 1}/${repeat} ${name} ${(timed.ms / 1_000).toFixed(2)} s`);
    };
    await clear(to);
    note("stock", await runStock(servers, signal));
    await clear(to);
    note("copy", await runMigrate(servers, "copy", signal));
    const verified = await runMigrate(servers, "verify", signal);
    note("verify", verified);
    // the command's own answer
    const { equal } = JSON.parse(verified.stdout) as { equal: boolean };
    if (!equal || JSON.stringify(await to.countRows(SCHEMA)) !== JSON.stringify(counts)) {
      throw new PermanentError("BENCH_ROWS_DIFFER", "the copy has other rows than the source", { kind: "bug" });
    }
  }
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const msOf = (timed: readonly Timed[]): { ms: number; runsMs: number[] } => {
    const runsMs = timed.map(({ ms }) => Math.round(ms));
    return { ms: Math.round(median(runsMs)), runsMs };
  };
  const [stock, copy, verify] = [msOf(runs.stock), msOf(runs.copy), msOf(runs.verify)];
  return {
    ...{ dumpBytes: dump.bytes, rows, tables: Object.keys(counts).length, repetitions: repeat, stock },
    from: await from.version(),
    to: await to.version(),
    copy: {
      ...copy,
      rowsPerSecond: Math.round((rows / copy.ms) * 1_000),
      ratioToStock: Number((copy.ms / stock.ms).toFixed(2)),
      peakRssBytes: Math.max(...runs.copy.map(({ peakRssBytes }) => peakRssBytes ?? 0)),
    },
    verify: { ...verify, ratioToCopy: Number((verify.ms / copy.ms).toFixed(2)) },
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
  command: "copy" | "verify",
  signal: AbortSignal | undefined,
): Promise<Timed> {
  const args = ["migrate", command, "--from", urlOf(from), "--to", urlOf(to), "--schema-prefix", PREFIX, "--json"];
  const env = {
    ...process.env,
    BATON_FROM_PASSWORD: from.database.password,
    BATON_TO_PASSWORD: to.database.password,
  };
  return runTimed({ name: `baton migrate ${command}`, command: join(projectRoot, "baton"), args, env, signal });
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
    words(from.database.password, dump.command, [...dump.first, ...options(from), "--single-transaction", SCHEMA]),
    words(to.database.password, client.command, [...client.first, ...options(to), SCHEMA]),
  ].join(" | ");
  const name = `${programNames[from.database.engine].dump} | ${programNames[to.database.engine].client}`;
  const env = { ...client.env, ...dump.env };
  return runTimed({ name, command: "bash", args: ["-o", "pipefail", "-c", script], env, signal });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
