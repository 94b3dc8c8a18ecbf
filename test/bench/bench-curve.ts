import { rm } from "node:fs/promises";
import { writeDump } from "./bench-dumps.ts";
import type { BenchOptions } from "./bench-load.ts";
import type { BenchServer } from "./bench-server.ts";
import { BATON_SCHEMAS, runBaton, runClient } from "./contender.ts";
import { linearFit, median } from "./statistics.ts";

/** The load times for one dump size. */
interface CurvePoint {
  bytes: number;
  /** Median of Baton's full loads. */
  ms: number;
  runsMs: readonly number[];
  peakRssBytes: number;
  /** One load by the client. */
  clientMs: number;
}

/** How the time of a full load grows with the dump's size. */
export interface Curve {
  points: readonly CurvePoint[];
  /** r² of the straight line through Baton's times. */
  r2: number;
}

/** Sizes of the curve, bytes. */
export const CURVE_BYTES: readonly number[] = [100e6, 300e6, 1e9, 4e9];
/** Larger dumps are loaded only once. */
const REPEATED_UP_TO = 1e9;

/** Loads dumps of growing size with Baton and with the client. */
export async function benchCurve(server: BenchServer, sizes: readonly number[], options: BenchOptions): Promise<Curve> {
  const points: CurvePoint[] = [];
  for (const size of sizes) points.push(await measure(server, size, options));
  const { r2 } = linearFit(points.map(({ bytes, ms }) => ({ x: bytes, y: ms })));
  return { points, r2: Number(r2.toFixed(4)) };
}

async function measure(server: BenchServer, size: number, { repeat, signal, say }: BenchOptions): Promise<CurvePoint> {
  say(`curve: writing a dump of ${Math.round(size / 1e6)} MB`);
  const { file, bytes } = await writeDump(server.folder, size);
  const client = await runClient(server, file, signal);
  const runsMs: number[] = [];
  let peakRssBytes = 0;
  for (let turn = 0; turn < (size > REPEATED_UP_TO ? 1 : repeat); turn += 1) {
    await server.clear(BATON_SCHEMAS);
    const run = await runBaton(server, file, signal);
    runsMs.push(Math.round(run.ms));
    peakRssBytes = Math.max(peakRssBytes, run.peakRssBytes ?? 0);
  }
  await rm(file);
  const ms = Math.round(median(runsMs));
  say(
    `curve: ${Math.round(bytes / 1e6)} MB in ${(ms / 1_000).toFixed(2)} s, client ${(client.ms / 1_000).toFixed(2)} s`,
  );
  return { bytes, ms, runsMs, peakRssBytes, clientMs: Math.round(client.ms) };
}
