import { createHash } from "node:crypto";
import { chartDataOf } from "./charts/chart-data-of.ts";
import { Html, html, jsonScript } from "./html/html.ts";
import type { Report } from "./data/report.ts";
import { backups } from "./sections/backups.ts";
import { cost } from "./sections/cost.ts";
import { durations } from "./sections/durations.ts";
import { dlqMessages, failures } from "./sections/failures.ts";
import { facts } from "./sections/facts.ts";
import { freshness } from "./sections/freshness.ts";
import { history } from "./sections/history.ts";
import { quality } from "./sections/quality.ts";
import { rows } from "./sections/rows.ts";
import { timeline } from "./sections/timeline.ts";
import { pageTitle, today } from "./sections/today.ts";

/** The page's bundled script and style. */
export interface PageAssets {
  script: string;
  style: string;
}

/** Other pages that the page links to. */
export interface PageLinks {
  /** Address of the dbt docs, relative to the page; undefined when there are none. */
  dbtDocs: string | undefined;
}

const SECTIONS: readonly [id: string, title: string, render: (report: Report) => Html][] = [
  ["run", "The run", timeline],
  ["quality", "Data tests", quality],
  ["rows", "Rows", rows],
  ["durations", "Run time", durations],
  ["freshness", "Freshness", freshness],
  ["failures", "Failures", failures],
  ["dlq", "DLQ messages", dlqMessages],
  ["backups", "Backups", backups],
  ["cost", "Cost", cost],
  ["history", "History", history],
];

/**
 * Renders the console page: one HTML file that loads no other resources. It is complete without its script, which only
 * draws the charts. The content security policy in its head blocks every other script, whatever a name or an error text
 * contains.
 */
export function renderPage(report: Report, { script, style }: PageAssets, links: PageLinks): string {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${pageTitle(report)}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the run</a>
${today(report)}
<nav aria-label="On this page"><ul>
${SECTIONS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
${links.dbtDocs !== undefined && html`<li><a href="${links.dbtDocs}">dbt docs</a></li>`}
</ul></nav>
<main id="main" tabindex="-1">
${facts(report)}
${SECTIONS.map(
  ([id, title, render]) =>
    html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${render(report)}</section>`,
)}
</main>
<footer><p>From the ledger of environment ${report.stage}. <code>./baton report --json</code> prints the same as JSON.</p></footer>
${jsonScript("chart-data", chartDataOf(report))}
<script>${new Html(script)}</script>
</body>
</html>
`; // prettier-ignore
  return page.text;
}
