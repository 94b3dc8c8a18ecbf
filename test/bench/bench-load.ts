import { cpus, totalmem } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { programNames } from "../../local/engine-programs.ts";
import type { Engine } from "../../local/engine.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { writeDumps, type BenchDumps } from "./bench-dumps.ts";
import type { DumpScan } from "./bench-scan.ts";
import { BENCH_SETTINGS, type BenchServer } from "./bench-server.ts";
import { BATON_SCHEMAS, makeMydumperDump, runBaton, runClient, runMyloader, SCHEMAS } from "./contender.ts";
import type { Timed } from "./run-timed.ts";
import { median } from "./statistics.ts";

/** The measurements of one way to load, over all repetitions. */
export interface Measure {
  /** Median of the repetitions, from the start of the process to its end. */
  ms: number;
  runsMs: readonly number[];
  /** Medians; undefined where there is no /proc. */
  cpuSeconds: number | undefined;
  serverCpuSeconds: number | undefined;
}

/** What `npm run bench -- load` prints. */
export interface LoadBench {
  bytes: number;
  rows: number;
  tables: number;
  client: Measure;
  myloader: Measure & { threads: number };
  full: Measure & { ratioToClient: number; ratioToMyloader: number; peakRssBytes: number };
  unchanged: Measure & { ratioToClient: number };
  /** A load with the largest table and five small ones changed. */
  partly: Measure & {
    ratioToClient: number;
    changedTables: readonly string[];
    /** Share of the dump's bytes. */
    changedShare: number;
    /** The target: that share of the full load's time, plus the scan, plus 2 s. */
    barMs: number;
  };
  scan: DumpScan;
  repetitions: number;
  server: { engine: Engine; version: string; settings: Readonly<Record<string, string>> };
  machine: { processor: string; cores: number; memoryBytes: number; node: string };
}

/** Options of a benchmark. */
export interface BenchOptions {
  repeat: number;
  signal?: AbortSignal | undefined;
  /** Receives the progress. */
  say: (text: string) => void;
}

/** Targets: how many times faster than the stock client a load must be. */
export const BARS: Readonly<Record<Engine, { full: number; unchanged: number }>> = {
  mariadb: { full: 2.6, unchanged: 12 },
  mysql: { full: 3.5, unchanged: 20 },
};
/** Target: how many times faster than myloader a full load must be. */
export const MYLOADER_BAR = 1.3;

/** How the stock client of an engine loads a dump. */
export function clientName(engine: Engine): string {
  return `${programNames[engine].client} < dump`;
}

/** Allowed time of a load with few changes, in addition to its share of the full load and the scan. */
const PARTLY_ALLOWANCE_MS = 2_000;

/**
 * Loads one dump with the stock client, with myloader and with Baton, alternately and on one server. After each load,
 * checks that the rows are the same.
 *
 * @throws PermanentError BENCH_ROWS_DIFFER, BENCH_PROGRAM_FAILED
 */
export async function benchLoad(server: BenchServer, sizeBytes: number, options: BenchOptions): Promise<LoadBench> {
  const { repeat, signal, say } = options;
  say(`writing two dumps of ${Math.round(sizeBytes / 1e6)} MB`);
  const dumps = await writeDumps(server.folder, sizeBytes, repeat);
  const runs = { client: new Runs(server), myloader: new Runs(server), full: new Runs(server) };
  const more = { unchanged: new Runs(server), partly: new Runs(server) };
  const mydumperFolder = join(server.folder, "mydumper");
  for (let turn = 0; turn < repeat; turn += 1) {
    const note = (name: string, run: Timed): void =>
      say(`${turn + 1}/${repeat} ${name} ${(run.ms / 1_000).toFixed(2)} s`);
    signal?.throwIfAborted();
    note(clientName(server.database.engine), await runs.client.add(() => runClient(server, dumps.file, signal)));
    if (turn === 0) await makeMydumperDump(server, mydumperFolder, signal);
    note("myloader", await runs.myloader.add(() => runMyloader(server, mydumperFolder, signal)));
    await server.clear(BATON_SCHEMAS);
    note("baton, full", await runs.full.add(() => runBaton(server, dumps.file, signal)));
    await checkRows(server, [SCHEMAS.myloader, SCHEMAS.baton]);
    await server.settle();
    note("baton, unchanged", await more.unchanged.add(() => runBaton(server, dumps.file, signal)));
    await server.settle();
    note("baton, partly changed", await more.partly.add(() => runBaton(server, dumps.changed.file, signal)));
  }
  return { ...report(dumps, { ...runs, ...more }), ...(await circumstances(server, repeat)) };
}

/** The repetitions of one way to load. */
export class Runs {
  private readonly server: BenchServer;
  private readonly runs: (Timed & { serverCpuSeconds: number | undefined })[] = [];

  constructor(server: BenchServer) {
    this.server = server;
  }

  async add(run: () => Promise<Timed>): Promise<Timed> {
    // includes the server's cleanup before a run, which is small
    const before = await this.server.cpuSeconds();
    const timed = await run();
    const after = await this.server.cpuSeconds();
    this.runs.push({ ...timed, serverCpuSeconds: difference(after, before) });
    return timed;
  }

  get measure(): Measure {
    const runsMs = this.runs.map(({ ms }) => Math.round(ms));
    return {
      ms: Math.round(median(runsMs)),
      runsMs,
      cpuSeconds: medianIfAll(this.runs.map(({ cpuSeconds }) => cpuSeconds)),
      serverCpuSeconds: medianIfAll(this.runs.map(({ serverCpuSeconds }) => serverCpuSeconds)),
    };
  }

  get peakRssBytes(): number {
    return Math.max(...this.runs.map(({ peakRssBytes }) => peakRssBytes ?? 0));
  }
}

/** How many times faster the second one is. */
export function ratioOf(slow: Measure, fast: Measure): number {
  return Number((slow.ms / fast.ms).toFixed(2));
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

function medianIfAll(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? Number(median(known).toFixed(2)) : undefined;
}

/** The figures of the report that depend only on the runs. */
function report(
  dumps: BenchDumps,
  runs: Record<"client" | "myloader" | "full" | "unchanged" | "partly", Runs>,
): Omit<LoadBench, "repetitions" | "server" | "machine"> {
  const client = runs.client.measure;
  const myloader = runs.myloader.measure;
  const full = runs.full.measure;
  const unchanged = runs.unchanged.measure;
  const partly = runs.partly.measure;
  const changedShare = dumps.changed.bytes / dumps.bytes;
  return {
    bytes: dumps.bytes,
    rows: dumps.rows,
    tables: dumps.tables,
    client,
    myloader: { ...myloader, threads: 2 },
    full: {
      ...full,
      ratioToClient: ratioOf(client, full),
      ratioToMyloader: ratioOf(myloader, full),
      peakRssBytes: runs.full.peakRssBytes,
    },
    unchanged: { ...unchanged, ratioToClient: ratioOf(client, unchanged) },
    partly: {
      ...partly,
      ratioToClient: ratioOf(client, partly),
      changedTables: dumps.changed.tables,
      changedShare: Number(changedShare.toFixed(3)),
      barMs: Math.round(changedShare * full.ms + dumps.scan.ms + PARTLY_ALLOWANCE_MS),
    },
    scan: dumps.scan,
  };
}

async function circumstances(
  server: BenchServer,
  repetitions: number,
): Promise<Pick<LoadBench, "repetitions" | "server" | "machine">> {
  const [processor] = cpus();
  return {
    repetitions,
    server: { engine: server.database.engine, version: await server.version(), settings: BENCH_SETTINGS },
    machine: {
      processor: processor?.model ?? "unknown",
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
    },
  };
}

/** @throws PermanentError BENCH_ROWS_DIFFER when a schema has other rows than the client's */
export async function checkRows(server: BenchServer, schemas: readonly string[]): Promise<void> {
  const expected = await server.countRows(SCHEMAS.client);
  for (const schema of schemas) {
    const found = await server.countRows(schema);
    if (isDeepStrictEqual(found, expected)) continue;
    const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
    const wrong = names.filter((name) => found[name] !== expected[name]);
    const shown = wrong.slice(0, 5).map((name) => `${name} ${found[name] ?? 0} instead of ${expected[name] ?? 0}`);
    throw new PermanentError("BENCH_ROWS_DIFFER", `${schema} does not have the client's rows: ${shown.join(", ")}`, {
      kind: "bug",
      advice: "The load is incomplete: find the cause before you compare times.",
    });
  }
}
