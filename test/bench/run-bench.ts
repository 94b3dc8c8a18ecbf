import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { printAnswer } from "../../cli/output/print-answer.ts";
import { StopSignals } from "../../cli/stop-signals.ts";
import { chosenEngine, type Engine } from "../../local/engine.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { runProgram } from "../../local/run-program.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { benchAttempts } from "./bench-attempts.ts";
import { benchCurve, CURVE_BYTES } from "./bench-curve.ts";
import { writeDump } from "./bench-dumps.ts";
import { benchDbt } from "./bench-dbt.ts";
import { benchLoad } from "./bench-load.ts";
import { benchMigrate } from "./bench-migrate.ts";
import { benchManyTables } from "./bench-many-tables.ts";
import { benchPage } from "./bench-page.ts";
import { benchProfile } from "./bench-profile.ts";
import { benchBackfill } from "./bench-backfill.ts";
import { benchRecovery } from "./bench-recovery.ts";
import { benchReview } from "./bench-review.ts";
import type { BenchFlags, BenchResult } from "./bench-result.ts";
import { benchRuntime } from "./bench-runtime.ts";
import { scanDump } from "./bench-scan.ts";
import { BenchServer } from "./bench-server.ts";
import { benchWideRows } from "./bench-wide-rows.ts";
import {
  renderAttempts,
  renderBackfill,
  renderDbt,
  renderLoad,
  renderMigrate,
  renderManyTables,
  renderPage,
  renderProfile,
  renderRecovery,
  renderReview,
  renderRuntime,
  renderScan,
} from "./render-results.ts";
import { withServices } from "./with-services.ts";
import { writeReport } from "./write-report.ts";

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

/** Loads samples with each program on a separate server, which is always removed. */
export async function runBenchLoad(
  flags: BenchFlags & { engine?: Engine; curve: boolean; wideRows: boolean },
): Promise<void> {
  const { size, repeat, engine = chosenEngine(), curve, wideRows, json } = flags;
  await untilInterrupted(async (signal) => {
    say((await setUp("bench", signal)).trim());
    await using server = await BenchServer.start(engine);
    const options = { repeat, signal, say };
    const result: BenchResult = { ...(await benchLoad(server, size, options)) };
    if (wideRows) result.wideRows = await benchWideRows(server, options);
    if (curve) result.curve = await benchCurve(server, CURVE_BYTES, options);
    printAnswer(json, result, () => renderLoad(result));
  });
}

/** Loads many small tables on a separate server, which is always removed. */
export async function runBenchTables({
  tables,
  repeat,
  json,
  engine = chosenEngine(),
}: Omit<BenchFlags, "size"> & { tables: number; engine?: Engine }): Promise<void> {
  await untilInterrupted(async (signal) => {
    await using server = await BenchServer.start(engine);
    const result = await benchManyTables(server, tables, { repeat, signal, say });
    printAnswer(json, result, () => renderManyTables(result));
  });
}

/** Measures the index pass. */
export async function runBenchScan({ size, repeat, json }: BenchFlags): Promise<void> {
  const folder = await mkdtemp(join(batonHome, "bench-scan-"));
  try {
    const { file, bytes } = await writeDump(folder, size);
    const result = { bytes, ...(await scanDump(file, repeat)).scan };
    printAnswer(json, result, () => renderScan(result));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures data-quality profiles on a separate server, which is always removed. */
export async function runBenchProfile({ size, repeat, json }: BenchFlags): Promise<void> {
  await untilInterrupted(async (signal) => {
    await using server = await BenchServer.start();
    const result = await benchProfile(server, size, { repeat, signal, say });
    printAnswer(json, result, () => renderProfile(result));
  });
}

/** Moves a sample between two separate servers, which are always removed. */
export async function runBenchMigrate({
  size,
  repeat,
  engine = chosenEngine(),
  from = engine,
  to = engine,
  json,
}: BenchFlags & Partial<Record<"engine" | "from" | "to", Engine>>): Promise<void> {
  await untilInterrupted(async (signal) => {
    await using source = await BenchServer.start(from);
    await using target = await BenchServer.start(to);
    const result = await benchMigrate({ from: source, to: target }, size, { repeat, signal, say });
    printAnswer(json, result, () => renderMigrate(result));
  });
}

/** Measures dbt: silver and gold of a sample. */
export async function runBenchDbt({ size, repeat, json }: BenchFlags): Promise<void> {
  await untilInterrupted(async (signal) => {
    await using server = await BenchServer.start();
    const result = await benchDbt(server, size, { repeat, signal, say });
    printAnswer(json, result, () => renderDbt(result));
  });
}

/** Measures reviews of a change to one model and to all. */
export async function runBenchReview({ size, repeat, json }: BenchFlags): Promise<void> {
  await untilInterrupted(async (signal) => {
    await using server = await BenchServer.start();
    const result = await benchReview(server, size, { repeat, signal, say });
    printAnswer(json, result, () => renderReview(result));
  });
}

/** Writes the figures of results, and the chart of the first, into a page. */
export async function runBenchReport([first, ...others]: readonly [string, ...string[]], page: string): Promise<void> {
  // output of the benchmarks themselves; the page shows if a field is missing
  const read = async (file: string): Promise<BenchResult> => JSON.parse(await readFile(file, "utf8")) as BenchResult;
  const { picture } = await writeReport([await read(first), ...(await Promise.all(others.map(read)))], page);
  say(`wrote ${page} and ${picture}`);
}

/** Measures a run, a replay and a retry in a separate environment. */
export async function runBenchRecovery({ size, json }: BenchFlags): Promise<void> {
  const result = await withServices(() => benchRecovery(size, say));
  printAnswer(json, result, () => renderRecovery(result));
}

/** Measures a load that needs several invocations of its function. */
export async function runBenchAttempts({ size, limit, json }: BenchFlags & { limit: number }): Promise<void> {
  const result = await withServices(() => benchAttempts(size, limit, say));
  printAnswer(json, result, () => renderAttempts(result));
  if (!result.isEqual) process.exitCode = 1;
}

/** Measures a backfill. */
export async function runBenchBackfill({ days, size, json }: BenchFlags & { days: number }): Promise<void> {
  const result = await benchBackfill({ days, sizeBytes: size }, say);
  printAnswer(json, result, () => renderBackfill(result));
  if (!result.isHistoryEqual) process.exitCode = 1;
}

/** Measures the runtime. */
export async function runBenchRuntime({ repeat, json }: BenchFlags): Promise<void> {
  const result = await withServices(() => benchRuntime(repeat));
  printAnswer(json, result, () => renderRuntime(result));
}

/** Measures the console page in a browser. Set-up installs the browser first. */
export async function runBenchPage({ runs, repeat, json }: BenchFlags & { runs: number }): Promise<void> {
  await setUp("browser");
  const result = await withServices(() => benchPage(runs, repeat));
  printAnswer(json, result, () => renderPage(result));
}

/** Stops the work and cleans up at the first Ctrl-C or SIGTERM. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new StopSignals(
    () =>
      new PermanentError("BENCH_INTERRUPTED", "the benchmark was interrupted; its server is removed", {
        kind: "bug",
        advice: "Run it again.",
      }),
  );
  try {
    await work(stop.signal);
  } finally {
    stop.release();
  }
}

async function setUp(what: "bench" | "browser", signal?: AbortSignal): Promise<string> {
  const options = signal === undefined ? {} : { signal };
  return (await runProgram(join(projectRoot, "local/bin/setup"), ["--with", what], options)).stderr;
}
