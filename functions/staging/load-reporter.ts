import type { LoadProgress } from "../../shared/loader/load-dump.ts";
import type { TableEvent } from "../../shared/loader/load/load-pass.ts";
import type { LayerContext } from "../../shared/runtime/layer-definition.ts";
import type { Step } from "../../shared/ledger/records/steps.ts";
import { metrics } from "../../shared/observability/metrics.ts";
import { formatBytes, formatCount } from "../../shared/text/format.ts";

/** Name of the step for the whole load. */
const LOAD_STEP = "load";
/** Shortest time between two updates of the ledger, and of log and metric. */
const LEDGER_MS = 300;
const METRIC_MS = 15_000;
const VERBS: Record<LoadProgress["phase"], string> = { index: "reading", load: "loading", verify: "comparing" };

/** The parts of a layer's context that the reporter uses. */
type Sinks = Pick<LayerContext<"PipelineRequested">, "recordSteps" | "logger">;

/**
 * Reports the progress of a load: bytes, rows, tables and rate in the ledger (step `load`, and a step for each table), as
 * the metric LoadProgressPercent, and in the log. It never delays or fails the load.
 */
export class LoadReporter {
  private readonly sinks: Sinks;
  private readonly startedAt = performance.now();
  /** The latest state of each step that is not yet in the ledger. */
  private readonly pending = new Map<string, Step>();
  private readonly underway = new Set<string>();
  private writing: Promise<void> | undefined;
  private phase: { name: LoadProgress["phase"]; startedAt: number } | undefined;
  private latest: Step = { name: LOAD_STEP, kind: "stage", state: "running" };
  private recordedAt = 0;
  private loggedAt = performance.now();

  constructor(sinks: Sinks) {
    this.sinks = sinks;
  }

  /** Records the progress of the load. May be called at any rate. */
  progress(progress: LoadProgress): void {
    const now = performance.now();
    if (progress.phase !== this.phase?.name) this.phase = { name: progress.phase, startedAt: now };
    else if (now - this.recordedAt < LEDGER_MS) return;
    this.recordedAt = now;
    const { bytes, totalBytes, rows } = progress;
    const bytesPerSecond = (bytes / Math.max(1, now - this.phase.startedAt)) * 1_000;
    const percent = totalBytes === 0 ? 100 : Math.min(100, Math.round((bytes / totalBytes) * 100));
    const message = describe(progress, percent, bytesPerSecond);
    this.latest = { ...this.latest, rows, bytes, durationMs: Math.round(now - this.startedAt), message };
    this.record(this.latest);
    if (now - this.loggedAt < METRIC_MS) return;
    this.loggedAt = now;
    const { phase, tables, totalTables } = progress;
    this.sinks.logger.info("load progress", {
      phase,
      percent,
      bytes,
      totalBytes,
      rows,
      tables,
      totalTables,
      bytesPerSecond,
    });
    if (phase === "load") metrics.emit("staging", { LoadProgressPercent: percent });
  }

  /** Records the state of a table. */
  table(event: TableEvent): void {
    const { table: name } = event;
    switch (event.state) {
      case "loading":
        this.underway.add(name);
        return this.record({ name, kind: "table", state: "running" });
      case "rejected":
        this.underway.delete(name);
        return this.record({ name, kind: "table", state: "failed", message: String(event.error) });
      case "loaded": {
        this.underway.delete(name);
        const { rows, bytes, contentHash } = event.record;
        const { durationMs } = event;
        this.sinks.logger.info("table loaded", { table: name, rows, bytes, durationMs });
        return this.record({ name, kind: "table", state: "completed", rows, bytes, contentHash, durationMs });
      }
    }
  }

  /** Ends the report, and waits until it is in the ledger. */
  async end(state: "completed" | "failed"): Promise<void> {
    for (const name of this.underway)
      this.record({ name, kind: "table", state: "skipped", message: "the load stopped" });
    this.record({ ...this.latest, state, durationMs: Math.round(performance.now() - this.startedAt) });
    if (state === "completed") metrics.emit("staging", { LoadProgressPercent: 100 });
    await this.writing;
  }

  /** One write at a time, so that the latest state is written last. */
  private record(step: Step): void {
    this.pending.set(step.name, step);
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  private async write(): Promise<void> {
    while (this.pending.size > 0) {
      const steps = [...this.pending.values()];
      this.pending.clear();
      await this.sinks.recordSteps(steps).catch((error: unknown) => {
        this.sinks.logger.warn("steps could not be recorded", { error: String(error) });
      });
    }
  }
}

function describe(
  { phase, bytes, totalBytes, tables, totalTables, rows }: LoadProgress,
  percent: number,
  rate: number,
): string {
  return [
    `${VERBS[phase]} ${percent} %`,
    `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
    ...(phase === "index" ? [] : [`${tables} of ${totalTables} tables`, `${formatCount(rows)} rows`]),
    `${formatBytes(rate)}/s`,
  ].join(", ");
}
