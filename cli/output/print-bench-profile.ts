import type { ProfileBench } from "../../test/bench/bench-profile.ts";
import { formatBytes } from "../../shared/text/format.ts";

/** Prints the figures of `baton bench profile`. */
export function printProfileBench(result: ProfileBench, { json }: { json: boolean }): void {
  const { bytes, tables, load, profile, allRows, repetitions } = result;
  const line = (name: string, { ms, serverCpuSeconds: cpu }: ProfileBench["load"], share?: number): string =>
    [
      `${name}: ${(ms / 1_000).toFixed(2)} s`,
      ...(share === undefined ? [] : [`${(share * 100).toFixed(1)} % of the load`]),
      ...(cpu === undefined ? [] : [`${cpu.toFixed(2)} s of the server's processor`]),
    ].join(", ");
  const lines = [
    `${formatBytes(bytes)} in ${tables} tables; medians of ${repetitions}`,
    line("load", load),
    `${line("profiles", profile, profile.shareOfLoad)} (bar 10 %)`,
    line("profiles that read all rows", allRows, allRows.shareOfLoad),
  ];
  process.stdout.write(`${json ? JSON.stringify(result) : lines.join("\n")}\n`);
}
