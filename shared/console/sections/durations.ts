import { formatDuration, formatMany } from "../../text/format.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { trendOf } from "../charts/chart-data-of.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import { USUAL_DAYS } from "../data/read-model-times.ts";
import type { ModelTime, Report } from "../data/report.ts";
import { sparkline } from "../html/sparkline.ts";
import { stateBadge } from "../html/state-badge.ts";
import { ALARM_MINUTES, TARGET_MINUTES, TREND_RUNS } from "../data/targets.ts";
import { formatChange } from "./facts.ts";

/** Run time of the last runs by layer, and of each model compared with its last 30 days. */
export function durations(report: Report): Html {
  const trend = trendOf(report);
  if (trend.length === 0) return html`<p class="empty">There has been no run yet.</p>`;
  const layers = report.run?.layers.map(({ name }) => name) ?? [];
  const ended = trend.filter(({ state }) => state === "completed");
  const times = ended.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const summary = times.length === 0 ? "No run has completed yet." : summaryOf(times, trend.length);
  return html`${chartFigure({
    chart: "durations",
    summary,
    table: dataTable({
      caption: "Run time by layer, newest run first",
      columns: [
        { head: "Run" },
        { head: "State" },
        { head: "Total", isNumber: true },
        ...layers.map((head) => ({ head, isNumber: true })),
      ],
      rows: trend.toReversed().map((run) => [
        run.id,
        stateBadge(run.state),
        formatDuration(run.durationMs),
        ...layers.map((layer) => {
          const found = run.layers.find(({ name }) => name === layer);
          if (found === undefined) return "–";
          return `${formatDuration(found.durationMs)}${found.attempts > 1 ? ` (${found.attempts} attempts)` : ""}`;
        }),
      ]),
      empty: "There has been no run yet.",
    }),
  })}
  ${modelTimes(report.modelTimes)}`; // prettier-ignore
}

/** Minimum number of models shown; slow models are always shown, the others are collapsed. */
const SHOWN_MODELS = 5;
/** A model is slow when it takes this many times its median, and at least a second longer. */
const SLOW_FACTOR = 1.5;
const SLOW_MS = 1_000;

function modelTimes(models: readonly ModelTime[]): Html {
  if (models.length === 0) return html``;
  const slow = models.filter(isSlow).length;
  const more = models.slice(Math.max(SHOWN_MODELS, slow));
  return html`${modelTable(`Run time of models against their median of ${USUAL_DAYS} days, largest increase first`, models.slice(0, models.length - more.length))}
  ${
    more.length > 0 &&
    html`<details>
      <summary>${formatMany(more.length, "more model")}</summary>
      ${modelTable("Run time of the other models", more)}
    </details>`
  }`; // prettier-ignore
}

function isSlow({ durationMs, usualMs }: ModelTime): boolean {
  return usualMs !== null && durationMs > usualMs * SLOW_FACTOR && durationMs > usualMs + SLOW_MS;
}

function modelTable(caption: string, models: readonly ModelTime[]): Html {
  return dataTable({
    caption,
    columns: [
      { head: "Model" },
      { head: "This run", isNumber: true },
      { head: `Median of ${USUAL_DAYS} days`, isNumber: true },
      { head: "Difference", isNumber: true },
      { head: `Last ${TREND_RUNS} runs` },
    ],
    rows: models.map((time) => [
      `${time.layer}.${time.model}`,
      formatDuration(time.durationMs),
      time.usualMs === null ? "–" : formatDuration(time.usualMs),
      html`<span class="${isSlow(time) ? "unusual lost" : ""}">${differenceOf(time)}</span>`,
      sparkline(time.trend),
    ]),
    empty: "",
  });
}

function differenceOf({ durationMs, usualMs }: ModelTime): string {
  return usualMs === null || usualMs === 0 ? "–" : formatChange((durationMs - usualMs) / usualMs);
}

/** @param times of the completed runs, ms, shortest first */
function summaryOf(times: readonly number[], runs: number): string {
  const over = (minutes: number): string => {
    const count = times.filter((ms) => ms > minutes * 60_000).length;
    return count === 0 ? "none" : String(count);
  };
  const median = formatDuration(times[Math.floor(times.length / 2)] ?? null);
  const text =
    runs === 1
      ? `The only run took ${median}`
      : `${times.length} of the last ${runs} runs completed, half of them within ${median}`;
  return (
    `${text}; ${over(TARGET_MINUTES)} took more than the target of ${TARGET_MINUTES} min, ` +
    `${over(ALARM_MINUTES)} more than the alarm at ${ALARM_MINUTES} min.`
  );
}
