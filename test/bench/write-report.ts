import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { PermanentError } from "../../shared/errors/errors.ts";
import { engineNames } from "../../local/engine.ts";
import { BARS, clientName, MYLOADER_BAR } from "./bench-load.ts";
import type { BenchResult } from "./bench-result.ts";
import { plotResults } from "./plot-results.ts";

const BEGIN = "<!-- figures: written by npm run bench -- report -->";
const END = "<!-- end of figures -->";

/**
 * Writes the figures of benchmarks into a page, between its two markers, and the chart of the first next to the page.
 *
 * @param results one per engine
 * @param page path of the Markdown page; the chart has the same name with `.svg`
 * @throws PermanentError BENCH_PAGE when the page lacks the markers
 */
export async function writeReport(
  results: readonly [BenchResult, ...BenchResult[]],
  page: string,
): Promise<{ picture: string }> {
  const text = await readFile(page, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) {
    throw new PermanentError("BENCH_PAGE", `${page} lacks "${BEGIN}" and "${END}"`, {
      kind: "input",
      advice: "Put both lines where the figures belong.",
    });
  }
  const picture = page.replace(/\.md$/, ".svg");
  const written = `${text.slice(0, begin)}${BEGIN}\n\n${results.map(figures).join("\n\n")}\n\n${text.slice(end)}`;
  await writeFile(page, await format(written, { ...(await resolveConfig(page)), parser: "markdown" }));
  await writeFile(picture, plotResults(results[0]));
  return { picture };
}

function figures(result: BenchResult): string {
  const { bytes, rows, tables, client, myloader, full, unchanged, partly, scan, machine, server, curve, wideRows } =
    result;
  const bars = BARS[server.engine];
  const settings = Object.entries(server.settings).map(([name, value]) => `\`${name}=${value}\``);
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  const ofLoad = (name: string, measure: typeof client, bar: string, isMet: boolean | undefined): string =>
    row([
      name,
      seconds(measure.ms),
      (client.ms / measure.ms).toFixed(2),
      (myloader.ms / measure.ms).toFixed(2),
      bar,
      isMet === undefined ? "" : isMet ? "yes" : "**no**",
      measure.cpuSeconds ?? "",
      measure.serverCpuSeconds ?? "",
    ]);
  return [
    `### ${engineNames[server.engine]} ${server.version}`,
    `Machine: ${machine.cores} cores (${machine.processor}), ${Math.round(machine.memoryBytes / 1e9)} GB memory; Node ${machine.node}; server settings ${settings.join(", ")}.`,
    `Dump: ${megabytes(bytes)}, ${rows.toLocaleString("en")} rows in ${tables} tables; medians of ${result.repetitions} repetitions.`,
    [
      row(["load", "time, s", "client ÷", "myloader ÷", "bar", "met", "CPU s, program", "CPU s, server"]),
      row(["---", "--:", "--:", "--:", "---", "---", "--:", "--:"]),
      ofLoad(`\`${clientName(server.engine)}\``, client, "", undefined),
      ofLoad("myloader, 2 threads", myloader, "", undefined),
      ofLoad(
        "Baton, full",
        full,
        `client ≥ ${bars.full}, myloader ≥ ${MYLOADER_BAR}`,
        full.ratioToClient >= bars.full && full.ratioToMyloader >= MYLOADER_BAR,
      ),
      ofLoad(
        "Baton, nothing changed",
        unchanged,
        `client ≥ ${bars.unchanged}`,
        unchanged.ratioToClient >= bars.unchanged,
      ),
      ofLoad(
        `Baton, ${partly.changedTables.length} tables changed`,
        partly,
        `≤ ${seconds(partly.barMs)} s`,
        partly.ms <= partly.barMs,
      ),
    ].join("\n"),
    `Scan: ${scan.megabytesPerSecond} MB/s, ${scan.megabytesPerCpuSecond} MB per processor second (bar: 200). Peak memory of the full load: ${megabytes(full.peakRssBytes)} (bar: 300 MB). Changed: ${partly.changedTables.map((name) => `\`${name}\``).join(", ")}, ${Math.round(partly.changedShare * 100)} % of the bytes.`,
    ...(wideRows === undefined
      ? []
      : [
          `Single rows of 64 MB: ${wideRows.rows} rows, ${megabytes(wideRows.bytes)} of dump: ${seconds(wideRows.ms)} s, client ${seconds(wideRows.clientMs)} s, peak memory ${megabytes(wideRows.peakRssBytes)} (bar: 300 MB); equal by CHECKSUM TABLE.`,
        ]),
    ...(curve === undefined
      ? []
      : [
          [
            row(["dump", "Baton, s", "client, s", "client ÷ Baton", "peak memory"]),
            row(["--:", "--:", "--:", "--:", "--:"]),
            ...curve.points.map((point) =>
              row([
                megabytes(point.bytes),
                seconds(point.ms),
                seconds(point.clientMs),
                (point.clientMs / point.ms).toFixed(2),
                megabytes(point.peakRssBytes),
              ]),
            ),
          ].join("\n"),
          `Straight line through Baton's times: r² = ${curve.r2} (bar: 0.99).`,
        ]),
  ].join("\n\n");
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
