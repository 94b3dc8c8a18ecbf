import { colours, errorColours } from "./colours.ts";
import type { LoadProgress, LoadReport } from "../../shared/loader/load-dump.ts";
import { formatBytes, formatCount, formatDuration, formatMany } from "../../shared/text/format.ts";

const REDRAW_MS = 200;
const PHASES: Record<LoadProgress["phase"], string> = { index: "reading", load: "loading", verify: "comparing" };

/** Shows a load's progress on one line of the terminal; prints nothing when stderr is not a terminal. */
export class LoadPrinter {
  private readonly stream = process.stderr;
  private readonly startedAt = performance.now();
  private phase: LoadProgress["phase"] | undefined;
  private phaseStartedAt = 0;
  private drawnAt = 0;
  private hasLine = false;
  private latest: LoadProgress | undefined;

  /** The latest progress. */
  get last(): LoadProgress | undefined {
    return this.latest;
  }

  /** Redraws, at most a few times a second. */
  progress(progress: LoadProgress): void {
    this.latest = progress;
    if (!this.stream.isTTY) return;
    const now = performance.now();
    if (progress.phase !== this.phase) {
      this.phase = progress.phase;
      this.phaseStartedAt = now;
    } else if (now - this.drawnAt < REDRAW_MS) return;
    this.drawnAt = now;
    this.hasLine = true;
    this.stream.write(`\r\u001b[2K${this.line(progress, now)}`);
  }

  private line(progress: LoadProgress, now: number): string {
    const { phase, bytes, totalBytes, tables, totalTables, rows } = progress;
    const share = totalBytes === 0 ? 100 : Math.min(100, (bytes / totalBytes) * 100);
    const rate = bytes / Math.max(1, now - this.phaseStartedAt);
    const parts = [
      `${PHASES[phase]} ${share.toFixed(0)} %`,
      `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
      ...(phase === "index" ? [] : [`${tables}/${totalTables} tables`, `${formatCount(rows)} rows`]),
      `${formatBytes(rate * 1000)}/s`,
      formatDuration(now - this.startedAt),
    ];
    return parts.join(errorColours.dim(" · "));
  }

  /** Removes the line. */
  end(): void {
    if (this.hasLine) this.stream.write("\r\u001b[2K");
    this.hasLine = false;
  }
}

/** Prints the result of a load as text, or as JSON on stdout. */
export function printLoad(report: LoadReport, { json, isVerified }: { json: boolean; isVerified: boolean }): void {
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  // since the start of the process
  const durationMs = Math.round(performance.now());
  if (json) {
    const { rows, bytes, warnings, skipped, dump, removed } = report;
    const tables = report.tables.map(({ name, rows, bytes, contentHash, state, isTakenOver }) => ({
      name,
      rows,
      bytes,
      contentHash,
      state,
      isTakenOver,
    }));
    const result = { rows, bytes, durationMs, peakRssBytes, warnings, tables, skipped, removed, dump };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const count = (state: string): number => report.tables.filter((table) => table.state === state).length;
  const states = ["loaded", "kept", "empty-preserved", "empty-dropped"] as const;
  const tables = states.flatMap((state) => (count(state) > 0 ? [`${count(state)} ${state}`] : []));
  const takenOver = report.tables.filter(({ isTakenOver }) => isTakenOver).length;
  const rate = (report.bytes / Math.max(1, durationMs)) * 1000;
  const skipped = Object.entries(report.skipped).map(([kind, times]) => `${kind} ${formatCount(times)}`);
  const lines = [
    `${colours.green("live")}: ${formatMany(report.rows, "row")} in ${formatMany(report.tables.length, "table")} (${tables.join(", ")})`,
    `${formatBytes(report.bytes)} in ${formatDuration(durationMs)}, ${formatBytes(rate)}/s, peak memory ${formatBytes(peakRssBytes)}`,
    ...(isVerified ? ["compared with the dump, value by value: equal"] : []),
    ...(takenOver > 0 ? [`already loaded by an earlier attempt: ${formatMany(takenOver, "table")}`] : []),
    ...(skipped.length > 0 ? [`not executed: ${skipped.join(", ")}`] : []),
    ...(report.removed.length > 0
      ? [`moved to the backup schema, because the dump does not have them: ${report.removed.join(", ")}`]
      : []),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
