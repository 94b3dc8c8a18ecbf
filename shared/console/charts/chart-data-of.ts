import type { ChartData, ChartRun } from "./chart-data.ts";
import type { HistoricRun, Report } from "../data/report.ts";
import { waitsOf } from "../data/retry-waits.ts";
import { ALARM_MINUTES, FRESHNESS_LIMIT_HOURS, TARGET_MINUTES } from "../data/targets.ts";
import { signOf } from "../html/state-badge.ts";
import { formatDuration } from "../../text/format.ts";
import { timeZone } from "../../time/time-zone.ts";

/** Selects the data of a report that the page's script draws. */
export function chartDataOf(report: Report): ChartData {
  const now = Date.parse(report.generatedAt);
  const trend = trendOf(report);
  const runs = trend.map(chartRun);
  const attempts = report.run?.attempts ?? [];
  const waits = report.run === null ? [] : waitsOf(report.run);
  const layers = [...new Set(report.run?.layers.map(({ name }) => name) ?? [])];
  const quality = new Map(report.quality.map((counts) => [counts.runId, counts]));
  return {
    timeline: {
      timeZone: timeZone(),
      layers,
      bars: [
        ...attempts.map(({ layer, attempt, state, startedAt, finishedAt }) => {
          const [from, to] = [Date.parse(startedAt), finishedAt === null ? now : Date.parse(finishedAt)];
          const isOnly = attempts.filter((other) => other.layer === layer).length === 1;
          return { layer, state, label: `${signOf(state)} ${isOnly ? formatDuration(to - from) : attempt}`, from, to };
        }),
        ...waits.map((wait) => ({ ...wait, state: "waiting", label: `wait ${formatDuration(wait.to - wait.from)}` })),
      ],
    },
    durations: {
      runs,
      layers,
      bars: trend.flatMap((run) =>
        run.layers.map(({ name, durationMs }) => ({ run: run.id, layer: name, minutes: round(durationMs / 60_000) })),
      ),
      targetMinutes: TARGET_MINUTES,
      alarmMinutes: ALARM_MINUTES,
    },
    freshness: {
      runs,
      hours: trend.map(({ freshnessHours }) => (freshnessHours === null ? null : round(freshnessHours))),
      limitHours: FRESHNESS_LIMIT_HOURS,
    },
    quality: {
      runs,
      warned: trend.map(({ id }) => quality.get(id)?.warned ?? 0),
      failed: trend.map(({ id }) => quality.get(id)?.failed ?? 0),
    },
    failures: report.failures
      .slice(0, 12)
      .map(({ layer, code, attempts, gaveUp }) => ({ label: `${code} · ${layer}`, attempts, gaveUp })),
    validUntil: report.today.validUntil === null ? null : Date.parse(report.today.validUntil),
  };
}

/** The runs shown in the trends, oldest first. */
export function trendOf(report: Report): HistoricRun[] {
  const byId = new Map(report.history.map((run) => [run.id, run]));
  return report.trendRuns.flatMap((id) => byId.get(id) ?? []);
}

function chartRun({ id, businessDate, state }: HistoricRun): ChartRun {
  const repeat = /-r\d+$/.exec(id)?.[0] ?? "";
  return { id, label: `${businessDate.slice(5)}${repeat}`, state };
}

/** Three decimals are enough for a chart and keep the page small. */
function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
