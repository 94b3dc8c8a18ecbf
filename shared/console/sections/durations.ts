import { formatDuration } from "../../text/format.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { trendOf } from "../charts/chart-data-of.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import type { Report } from "../data/report.ts";
import { stateBadge } from "../html/state-badge.ts";
import { ALARM_MINUTES, TARGET_MINUTES } from "../data/targets.ts";

/** How long the last runs took, layer by layer, against target and alarm. */
export function durations(report: Report): Html {
  const trend = trendOf(report);
  if (trend.length === 0) return html`<p class="empty">There has been no run yet.</p>`;
  const layers = report.run?.layers.map(({ name }) => name) ?? [];
  const ended = trend.filter(({ state }) => state === "completed");
  const times = ended.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const summary = times.length === 0 ? "No run has completed yet." : summaryOf(times, trend.length);
  return chartFigure({
    chart: "durations",
    summary,
    table: dataTable({
      caption: "Time of the last runs by layer, newest first",
      columns: [
        { head: "Run" },
        { head: "State" },
        { head: "Whole", isNumber: true },
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
  });
}

/** @param times of the completed runs, ms, shortest first */
function summaryOf(times: readonly number[], runs: number): string {
  const over = (minutes: number): string => {
    const count = times.filter((ms) => ms > minutes * 60_000).length;
    return count === 0 ? "none" : String(count);
  };
  const median = formatDuration(times[Math.floor(times.length / 2)] ?? null);
  const whole =
    runs === 1
      ? `The only run took ${median}`
      : `${times.length} of the last ${runs} runs completed, half of them within ${median}`;
  return (
    `${whole}; ${over(TARGET_MINUTES)} took more than the target of ${TARGET_MINUTES} min, ` +
    `${over(ALARM_MINUTES)} more than the alarm at ${ALARM_MINUTES} min.`
  );
}
