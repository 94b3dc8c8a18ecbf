import { table } from "../../cli/output/table.ts";
import { engineNames } from "../../local/engine.ts";
import { formatBytes, formatCount } from "../../shared/text/format.ts";
import { BARS, clientName, MYLOADER_BAR, type Measure } from "./bench-load.ts";
import type { MigrateBench } from "./bench-migrate.ts";
import { MANY_TABLES_BAR, type ManyTables } from "./bench-many-tables.ts";
import type { DbtBench } from "./bench-dbt.ts";
import type { PageBench, PageOpening } from "./bench-page.ts";
import type { ProfileBench } from "./bench-profile.ts";
import type { AttemptsBench } from "./bench-attempts.ts";
import type { BackfillBench } from "./bench-backfill.ts";
import type { RecoveryBench } from "./bench-recovery.ts";
import type { ReviewBench } from "./bench-review.ts";
import type { BenchResult } from "./bench-result.ts";
import type { RuntimeBench } from "./bench-runtime.ts";
import type { DumpScan } from "./bench-scan.ts";

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const milliseconds = (ms: number): string => `${formatCount(Math.round(ms))} ms`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Formats the figures of `load` for people. */
export function renderLoad(result: BenchResult): string {
  const { bytes, rows, tables, client, myloader, full, unchanged, partly, scan, curve, wideRows, server } = result;
  const bars = BARS[server.engine];
  const line = (name: string, measure: Measure, bar: string): string[] => [
    name,
    seconds(measure.ms),
    (client.ms / measure.ms).toFixed(2),
    (myloader.ms / measure.ms).toFixed(2),
    bar,
    measure.cpuSeconds === undefined ? "" : `${measure.cpuSeconds.toFixed(2)} s`,
    measure.serverCpuSeconds === undefined ? "" : `${measure.serverCpuSeconds.toFixed(2)} s`,
  ];
  const measures = [
    line(clientName(server.engine), client, ""),
    line("myloader, 2 threads", myloader, ""),
    line("baton, full", full, `client >= ${bars.full}, myloader >= ${MYLOADER_BAR}`),
    line("baton, unchanged", unchanged, `client >= ${bars.unchanged}`),
    line(`baton, ${partly.changedTables.length} tables changed`, partly, `<= ${seconds(partly.barMs)}`),
  ];
  const head = ["", "time", "client /", "myloader /", "target", "CPU: own", "CPU: server"];
  return [
    `${engineNames[server.engine]} ${server.version}; ${formatBytes(bytes)}, ${formatCount(rows)} rows in ${tables} tables; medians of ${result.repetitions}`,
    table(head, measures, { alignRight: [1, 2, 3, 5, 6] }),
    `scan ${scan.megabytesPerSecond} MB/s, ${scan.megabytesPerCpuSecond} MB per CPU second (target 200); peak memory ${formatBytes(full.peakRssBytes)} (limit 300 MB)`,
    ...(wideRows === undefined
      ? []
      : [
          `${wideRows.rows} rows of ${formatBytes(wideRows.rowBytes)}: ${seconds(wideRows.ms)}, client ${seconds(wideRows.clientMs)}, peak memory ${formatBytes(wideRows.peakRssBytes)} (limit 300 MB)`,
        ]),
    ...(curve?.points.map(
      (point) =>
        `${formatBytes(point.bytes)}: ${seconds(point.ms)}, client ${seconds(point.clientMs)}, peak memory ${formatBytes(point.peakRssBytes)}`,
    ) ?? []),
    ...(curve === undefined ? [] : [`linear fit: r² = ${curve.r2} (target 0.99)`]),
  ].join("\n");
}

/** Formats the figures of `tables` for people. */
export function renderManyTables({ tables, client, full, unchanged, server, repetitions }: ManyTables): string {
  const line = (name: string, { ms, ratioToClient }: ManyTables["full"]): string =>
    `baton, ${name}: ${seconds(ms)}, ${ratioToClient} times faster than the client`;
  return [
    `${engineNames[server.engine]} ${server.version}; ${formatCount(tables)} tables of 5 rows; medians of ${repetitions}`,
    `${clientName(server.engine)}: ${seconds(client.ms)}`,
    `${line("full", full)} (target ${MANY_TABLES_BAR})`,
    line("unchanged", unchanged),
  ].join("\n");
}

/** Formats the figures of `scan` for people. */
export function renderScan(scan: DumpScan & { bytes: number }): string {
  return `${formatBytes(scan.bytes)} in ${seconds(scan.ms)}: ${scan.megabytesPerSecond} MB/s, ${scan.megabytesPerCpuSecond} MB per CPU second (target 200)`;
}

/** Formats the figures of `profile` for people. */
export function renderProfile({ bytes, tables, load, profile, allRows, repetitions }: ProfileBench): string {
  const line = (name: string, { ms, serverCpuSeconds: cpu }: ProfileBench["load"], share?: number): string =>
    [
      `${name}: ${seconds(ms)}`,
      ...(share === undefined ? [] : [`${percent(share)} of the load`]),
      ...(cpu === undefined ? [] : [`${cpu.toFixed(2)} s of the server's CPU`]),
    ].join(", ");
  return [
    `${formatBytes(bytes)} in ${tables} tables; medians of ${repetitions}`,
    line("load", load),
    `${line("profiles", profile, profile.shareOfLoad)} (limit 10 %)`,
    line("profiles that read all rows", allRows, allRows.shareOfLoad),
  ].join("\n");
}

/** Formats the figures of `dbt` for people. */
export function renderDbt({ bytes, repetitions, layers }: DbtBench): string {
  const rows = layers.map((layer) => [
    ...[layer.layer, String(layer.nodes), layer.seconds, layer.cpuSeconds ?? "", layer.serverCpuSeconds ?? ""],
    ...[layer.importSeconds, layer.prepareSeconds, layer.nodeSeconds],
  ]);
  const head = ["layer", "nodes", "whole s", "dbt's CPU s", "server's CPU s", "imports s", "preparation s", "nodes s"];
  return `${formatBytes(bytes)}; medians of ${repetitions}\n${table(
    head,
    rows.map((row) => row.map(String)),
    { alignRight: [1, 2, 3, 4, 5, 6, 7] },
  )}`;
}

/** Formats the figures of `review` for people. */
export function renderReview({ bytes, repetitions, buildSeconds, reviews }: ReviewBench): string {
  const rows = reviews.map(({ change, models, seconds, differences }) => [
    ...[change, String(models), seconds.toFixed(2), (seconds / buildSeconds).toFixed(2), String(differences)],
  ]);
  const head = ["change of", "built", "seconds", "of silver + gold", "differences"];
  return `${formatBytes(bytes)}; medians of ${repetitions}; silver and gold of a run ${buildSeconds.toFixed(2)} s\n${table(
    head,
    rows,
    {
      alignRight: [1, 2, 3, 4],
    },
  )}`;
}

/** Formats the figures of `backfill` for people. */
export function renderBackfill({
  days,
  dumpBytes,
  singleRunsMs,
  backfillMs,
  ratio,
  idleMs,
  ...result
}: BackfillBench): string {
  return [
    `${days} days of ${Math.round(dumpBytes / 1e6)} MB, each run alone: ${seconds(singleRunsMs)} in total`,
    `as one backfill: ${seconds(backfillMs)}, ${ratio.toFixed(2)} times the single runs (limit 1.1)`,
    `between its runs no layer worked for ${seconds(idleMs)}`,
    `tenant_status_history after both: ${result.isHistoryEqual ? "equal" : "NOT EQUAL"}`,
  ].join("\n");
}

/** Formats the figures of `recovery` for people. */
export function renderRecovery(result: RecoveryBench): string {
  const { fullRunMs, recoveryMs, recoveryShare, takeoverMs, visibilitySeconds: visibility } = result;
  const layers = Object.entries(result.layersMs).map(([layer, ms]) => `${layer} ${seconds(ms)}`);
  return [
    `full run of ${formatBytes(result.dumpBytes)}: ${seconds(fullRunMs)} (${layers.join(", ")})`,
    `silver fails at ${result.failedModel}; replayed and live again: ${seconds(recoveryMs)}, ` +
      `${percent(recoveryShare)} of the full run (limit 15 %)`,
    `silver killed, claimed by the next attempt: ${seconds(takeoverMs)} with a visibility timeout of ` +
      `${visibility.here} s (on AWS ${visibility.aws} s, without heartbeat ${visibility.withoutHeartbeat} s)`,
  ].join("\n");
}

/** Formats the figures of `attempts` for people. */
export function renderAttempts({ dumpBytes, whole, limited, isEqual }: AttemptsBench): string {
  return [
    `${formatBytes(dumpBytes)} with the usual limit: ${seconds(whole.ms)}`,
    `with a limit of ${limited.limitSeconds} s: ${seconds(limited.ms)} in ${limited.attempts} attempts, ` +
      `${limited.ratio} of it (limit 1.2); rows ${isEqual ? "equal" : "DIFFERENT"}`,
  ].join("\n");
}

/** Formats the figures of `runtime` for people. */
export function renderRuntime({ messages, medianMs, p95Ms, repeatedMedianMs }: RuntimeBench): string {
  return (
    `the runtime around a layer that does nothing, ${messages} messages: median ${milliseconds(medianMs)}, ` +
    `95 % within ${milliseconds(p95Ms)} (limit 200 ms); a repeated message: median ${milliseconds(repeatedMedianMs)}`
  );
}

/** Formats the figures of `page` for people. */
export function renderPage(result: PageBench): string {
  const line = ({ runs, bytes, loadedMs, wholeMs, phoneWholeMs }: PageOpening): string[] => [
    `${formatCount(runs)} runs`,
    formatBytes(bytes),
    ...[loadedMs, wholeMs, phoneWholeMs].map(milliseconds),
  ];
  const head = ["page of", "size", "loaded", "complete", "complete, slow phone"];
  return (
    `${table(head, [line(result.long), line(result.short)], { alignRight: [1, 2, 3, 4] })}\n` +
    `medians of ${result.repetitions}, each in a new browser; limits for 400 runs: 1,000 ms, 1.5 MB`
  );
}

/** Formats the figures of `migrate` for people. */
export function renderMigrate({
  from,
  to,
  rows,
  tables,
  dumpBytes,
  stock,
  mydumper,
  copy,
  verify,
  switch: switched,
  repetitions,
}: MigrateBench): string {
  return [
    `${formatBytes(dumpBytes)}, ${formatCount(rows)} rows in ${tables} tables, from ${from} to ${to}; medians of ${repetitions}`,
    `stock programs: ${seconds(stock.ms)}`,
    `mydumper, then myloader: ${seconds(mydumper.ms)}; the copy takes ${copy.ratioToMydumper} of it`,
    `baton migrate copy: ${seconds(copy.ms)}, ${copy.ratioToStock} of the stock programs (target 0.6), ` +
      `${formatCount(copy.rowsPerSecond)} rows/s (target 88,000), peak memory ${formatBytes(copy.peakRssBytes)} (target 300 MB)`,
    `baton migrate verify: ${seconds(verify.ms)}, ${verify.ratioToCopy} of the copy (target 0.5)`,
    `baton migrate switch: ${seconds(switched.ms)}, closed for at most ${seconds(switched.closedMs)} (target 10 s)`,
  ].join("\n");
}
