import { html, type Html } from "../html/html.ts";
import type { ChartData } from "./chart-data.ts";

/** A chart that the page's script draws, with what it shows in words and as a table behind it. */
export function chartFigure(options: {
  chart: Exclude<keyof ChartData, "validUntil">;
  /** What a person would say of the chart to one who does not see it. */
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
