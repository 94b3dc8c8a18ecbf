import Table from "cli-table3";
import type { Measure } from "../../test/bench/bench-load.ts";
import type { BenchResult } from "../../test/bench/bench-result.ts";
import type { DumpScan } from "../../test/bench/bench-scan.ts";
import { formatBytes, formatCount } from "../../shared/text/format.ts";

/** Prints the figures of `baton bench load`. */
export function printBench(result: BenchResult, { json }: { json: boolean }): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { bytes, rows, tables, client, myloader, full, unchanged, partly, scan, curve, wideRows } = result;
  const table = new Table({
    head: ["", "time", "client /", "myloader /", "bar", "processor: own", "server"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right", "left", "right", "right"],
  });
  const line = (name: string, measure: Measure, bar: string): string[] => [
    name,
    seconds(measure.ms),
    (client.ms / measure.ms).toFixed(2),
    (myloader.ms / measure.ms).toFixed(2),
    bar,
    measure.cpuSeconds === undefined ? "" : `${measure.cpuSeconds.toFixed(2)} s`,
    measure.serverCpuSeconds === undefined ? "" : `${measure.serverCpuSeconds.toFixed(2)} s`,
  ];
  table.push(
    line("mariadb < dump", client, ""),
    line("myloader, 2 threads", myloader, ""),
    line("baton, full", full, "client >= 3.0, myloader >= 1.3"),
    line("baton, unchanged", unchanged, "client >= 12"),
    line(`baton, ${partly.changedTables.length} tables changed`, partly, `<= ${seconds(partly.barMs)}`),
  );
  const lines = [
    `${formatBytes(bytes)}, ${formatCount(rows)} rows in ${tables} tables; medians of ${result.repetitions}`,
    table.toString(),
    `scan ${scan.megabytesPerSecond} MB/s, ${scan.megabytesPerCpuSecond} MB per processor second (bar 200); peak memory ${formatBytes(full.peakRssBytes)} (bar 300 MB)`,
    ...(wideRows === undefined
      ? []
      : [
          `${wideRows.rows} rows of ${formatBytes(wideRows.rowBytes)}: ${seconds(wideRows.ms)}, client ${seconds(wideRows.clientMs)}, peak memory ${formatBytes(wideRows.peakRssBytes)} (bar 300 MB)`,
        ]),
    ...(curve?.points.map(
      (point) =>
        `${formatBytes(point.bytes)}: ${seconds(point.ms)}, client ${seconds(point.clientMs)}, peak memory ${formatBytes(point.peakRssBytes)}`,
    ) ?? []),
    ...(curve === undefined ? [] : [`straight line through these: r² = ${curve.r2} (bar 0.99)`]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Prints the figures of `baton bench scan`. */
export function printScan(scan: DumpScan & { bytes: number }, { json }: { json: boolean }): void {
  const text = `${formatBytes(scan.bytes)} in ${seconds(scan.ms)}: ${scan.megabytesPerSecond} MB/s, ${scan.megabytesPerCpuSecond} MB per processor second (bar 200)`;
  process.stdout.write(`${json ? JSON.stringify(scan) : text}\n`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
