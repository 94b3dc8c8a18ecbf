import { dialectOf } from "../../shared/loader/lexer/dialect.ts";
import type { DumpIndex } from "../../shared/loader/index/dump-index.ts";
import { openFileSource } from "../../shared/loader/source/file-source.ts";
import { indexPass } from "../../shared/loader/index/index-pass.ts";
import { median } from "./statistics.ts";

/** Speed of the index pass over a dump: all statements, all rows, the content hashes. */
export interface DumpScan {
  /** Median of the repetitions. */
  ms: number;
  /** Processor time of one repetition, median. */
  cpuSeconds: number;
  /** Dump bytes per wall-clock time. */
  megabytesPerSecond: number;
  /** Dump bytes per processor time: the speed of one core. */
  megabytesPerCpuSecond: number;
}

/** Runs the index pass over a dump, in this process. */
export async function scanDump(file: string, repeat: number): Promise<{ scan: DumpScan; index: DumpIndex }> {
  const source = await openFileSource(file);
  try {
    const walls: number[] = [];
    const cpus: number[] = [];
    let index: DumpIndex | undefined;
    for (let run = 0; run < Math.max(1, repeat); run += 1) {
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      index = await indexPass(source, { dialect: dialectOf("10.11.0-MariaDB") });
      walls.push(performance.now() - startedAt);
      const { user, system } = process.cpuUsage(cpuBefore);
      cpus.push((user + system) / 1e6);
    }
    if (index === undefined) throw new TypeError("no repetition");
    const [ms, cpuSeconds] = [median(walls), median(cpus)];
    const megabytes = source.bytes / 1e6;
    const scan = {
      ms: Math.round(ms),
      cpuSeconds,
      megabytesPerSecond: Math.round((megabytes / ms) * 1_000),
      megabytesPerCpuSecond: Math.round(megabytes / cpuSeconds),
    };
    return { scan, index };
  } finally {
    await source.close();
  }
}
