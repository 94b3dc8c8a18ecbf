import { formatBytes, formatCount } from "../../shared/text/format.ts";
import type { PageBench, PageOpening } from "../../test/bench/bench-page.ts";
import { table } from "./print-status.ts";

/** Prints the figures of `baton bench page`. */
export function printPageBench(result: PageBench, { json }: { json: boolean }): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const line = ({ runs, bytes, loadedMs, wholeMs, phoneWholeMs }: PageOpening): string[] => [
    `${formatCount(runs)} runs`,
    formatBytes(bytes),
    milliseconds(loadedMs),
    milliseconds(wholeMs),
    milliseconds(phoneWholeMs),
  ];
  const head = ["page of", "size", "loaded", "whole", "whole, slow phone"];
  process.stdout.write(
    `${table(head, [line(result.long), line(result.short)], [1, 2, 3, 4])}\n` +
      `medians of ${result.repetitions}, each in a browser that has just started; bar for 400 runs: 1,000 ms, 1.5 MB\n`,
  );
}

function milliseconds(ms: number): string {
  return `${formatCount(Math.round(ms))} ms`;
}
