import { formatDuration } from "../../text/format.ts";
import { chartFigure } from "../chart-figure.ts";
import { trendOf } from "../chart-data-of.ts";
import { dataTable } from "../data-table.ts";
import { html, type Html } from "../html.ts";
import type { Report } from "../report.ts";
import { stateBadge } from "../state-badge.ts";
import { ALARM_MINUTES, TARGET_MINUTES } from "../targets.ts";

/** How long the last runs took, layer by layer, against target and alarm. */
export function durations(report: Report): Html {
  const trend = trendOf(report);
  if (trend.length === 0) return html`<p class="empty">There has been no run yet.</p>`;
  const layers = report.run?.layers.map(({ name }) => name) ?? [];
  const ended = trend.filter(({ state }) => state === "completed");
  const median = ended.map(({ durationMs }) => durationMs).sort((a, b) => a - b)[Math.floor(ended.length / 2)];
  const over = (minutes: number): number => ended.filter(({ durationMs }) => durationMs > minutes * 60_000).length;
  const summary =
    median === undefined
      ? "No run has completed yet."
      : `${ended.length} of the last ${trend.length} runs completed, half of them within ${formatDuration(median)}. ` +
        `${none(over(TARGET_MINUTES))} took more than the target of ${TARGET_MINUTES} min, ${none(over(ALARM_MINUTES)).toLowerCase()} more than the alarm at ${ALARM_MINUTES} min.`;
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

function none(count: number): string {
  return count === 0 ? "None" : String(count);
}
