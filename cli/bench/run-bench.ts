import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { batonHome, projectRoot } from "../../local/paths.ts";
import { PermanentError } from "../../shared/errors/errors.ts";
import { benchCurve, CURVE_BYTES } from "../../test/bench/bench-curve.ts";
import { writeDump } from "../../test/bench/bench-dumps.ts";
import { benchLoad } from "../../test/bench/bench-load.ts";
import type { BenchResult } from "../../test/bench/bench-result.ts";
import { scanDump } from "../../test/bench/bench-scan.ts";
import { BenchServer } from "../../test/bench/bench-server.ts";
import { benchWideRows } from "../../test/bench/bench-wide-rows.ts";
import { writeReport } from "../../test/bench/write-report.ts";
import { printBench, printScan } from "../output/print-bench.ts";
import { untilInterrupted } from "./until-interrupted.ts";

interface LoadFlags {
  size: number;
  repeat: number;
  curve: boolean;
  wideRows: boolean;
  json: boolean;
}

/** Runs `baton bench load`: brings the tools, starts the server, measures, and removes the server whatever happens. */
export async function runBenchLoad({ size, repeat, curve, wideRows, json }: LoadFlags): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);
  await untilInterrupted(async (signal) => {
    await bringTools(signal);
    const server = await BenchServer.start();
    try {
      const options = { repeat, signal, say };
      const result: BenchResult = { ...(await benchLoad(server, size, options)) };
      if (wideRows) result.wideRows = await benchWideRows(server, options);
      if (curve) result.curve = await benchCurve(server, CURVE_BYTES, options);
      printBench(result, { json });
    } finally {
      await server.close();
    }
  });
}

/** Runs `baton bench scan`. */
export async function runBenchScan({ size, repeat, json }: Pick<LoadFlags, "size" | "repeat" | "json">): Promise<void> {
  const folder = await mkdtemp(join(batonHome, "bench-scan-"));
  try {
    const { file, bytes } = await writeDump(folder, size);
    const { scan } = await scanDump(file, repeat);
    printScan({ bytes, ...scan }, { json });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `baton bench report`: figures and picture of a result into a page. */
export async function runBenchReport(results: string, page: string): Promise<void> {
  // our own output; a field that is missing shows in the page
  const result = JSON.parse(await readFile(results, "utf8")) as BenchResult;
  const { picture } = await writeReport(result, page);
  process.stderr.write(`bench: wrote ${page} and ${picture}\n`);
}

/** mydumper and myloader come with a set-up of their own. */
async function bringTools(signal: AbortSignal): Promise<void> {
  const command = join(projectRoot, "local/bin/setup");
  try {
    const { stderr } = await promisify(execFile)(command, ["--with", "bench"], { signal });
    process.stderr.write(stderr);
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new PermanentError("BENCH_TOOLS", `mydumper and myloader are not there: ${said}`, {
      kind: "target",
      advice: "apt-get install mydumper, or see the message of local/bin/setup --with bench",
      cause,
    });
  }
}
