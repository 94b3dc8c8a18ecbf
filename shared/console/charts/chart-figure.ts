import { html, type Html } from "../html/html.ts";
import type { ChartData } from "./chart-data.ts";

/** A chart that the page's script draws, with a description and a table of its numbers. */
export function chartFigure(options: {
  chart: Exclude<keyof ChartData, "validUntil">;
  /** Describes the chart for people who cannot see it. */
  summary: string;
  table: Html;
}): Html {
  return html`<figure>
    <div class="chart" data-chart="${options.chart}" role="img" aria-label="${options.summary}"></div>
    <figcaption>${options.summary}</figcaption>
    <details>
      <summary>The same as a table</summary>
      ${options.table}
    </details>
  </figure>`;
}
