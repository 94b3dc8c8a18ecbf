import { html, type Html } from "../html/html.ts";
import type { ChartData } from "./chart-data.ts";

/** A chart that the page's script draws, with what it shows in words and as a table behind it. */
export function chartFigure(options: {
  chart: Exclude<keyof ChartData, "validUntil">;
  /** What a person would say of the chart to one who does not see it. */
  summary: string;
  table: Html;
  /** Where the chart needs more room than a phone has: what the region that scrolls holds. */
  scrolls?: string;
}): Html {
  const chart = html`<div
    class="chart"
    data-chart="${options.chart}"
    role="img"
    aria-label="${options.summary}"
  ></div>`;
  return html`<figure>
    ${
      options.scrolls === undefined
        ? chart
        : html`<div class="scroll wide" role="region" aria-label="${options.scrolls}" tabindex="0">${chart}</div>`
    }
    <figcaption>${options.summary}</figcaption>
    <details>
      <summary>The same as a table</summary>
      ${options.table}
    </details>
  </figure>`;
}
