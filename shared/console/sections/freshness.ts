import { chartFigure } from "../charts/chart-figure.ts";
import { trendOf } from "../charts/chart-data-of.ts";
import { dayWithWeekday } from "../../time/day-with-weekday.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import { formatHours, formatMany } from "../../text/format.ts";
import type { Report } from "../data/report.ts";
import { FRESHNESS_LIMIT_HOURS } from "../data/targets.ts";
import { timeElement } from "../html/time-element.ts";

/** The live tables of each layer, and the age of the data when it was published. */
export function freshness(report: Report): Html {
  const trend = trendOf(report);
  const known = trend.flatMap(({ freshnessHours }) => freshnessHours ?? []);
  const oldest = Math.max(0, ...known);
  const summary = `Time from the dump until the data was live: ${formatHours(known.at(-1) ?? 0)} in the last run, at most ${formatHours(oldest)} in ${formatMany(known.length, "run")}; the alarm is at ${FRESHNESS_LIMIT_HOURS} h.`;
  return html`${dataTable({
    caption: "Live tables",
    columns: [{ head: "Layer" }, { head: "Data of" }, { head: "Live since" }, { head: "Run" }],
    rows: report.live.map(({ layer, businessDate, publishedAt, runId }) => [
      layer,
      html`<span class="nowrap">${dayWithWeekday(businessDate)}</span>`,
      timeElement(publishedAt),
      html`<code class="nowrap">${runId}</code>`,
    ]),
    empty: "Nothing is live yet.",
  })}
  ${
    known.length > 0 &&
    chartFigure({
      chart: "freshness",
      summary,
      table: dataTable({
        caption: "Hours from the dump until live, newest run first",
        columns: [{ head: "Run" }, { head: "Hours", isNumber: true }],
        rows: trend.toReversed().map(({ id, freshnessHours }) => [id, freshnessHours?.toFixed(1) ?? "not published"]),
        empty: "There has been no run yet.",
      }),
    })
  }`;
}
