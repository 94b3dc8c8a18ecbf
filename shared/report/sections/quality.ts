import { formatCount } from "../../text/format.ts";
import { chartFigure } from "../chart-figure.ts";
import { dataTable } from "../data-table.ts";
import { html, type Html } from "../html.ts";
import { TREND_RUNS } from "../targets.ts";
import type { Report, ReportedTest } from "../report.ts";
import { resultStrip } from "../sparkline.ts";
import { stateBadge } from "../state-badge.ts";

/** Data tests over time; those that fail stand first. */
export function quality({ quality: counts, tests }: Report): Html {
  const notPassed = counts.filter(({ failed, warned }) => failed + warned > 0).length;
  if (counts.length === 0) return html`<p class="empty">No data tests are recorded yet.</p>`;
  const summary = `In ${notPassed} of ${counts.length} runs a data test failed or warned.`;
  return html`${dataTable({
    caption: `Tests that did not pass in one of the last ${TREND_RUNS} runs, those that fail first`,
    columns: [
      { head: "Test" },
      { head: "Latest" },
      { head: "Rows found", isNumber: true },
      { head: "Of" },
      { head: "Blocks publishing" },
      { head: `Not passed, last ${TREND_RUNS} runs` },
    ],
    rows: tests.map((test) => [
      html`${test.test}${!isPassed(test) && test.message !== null && html`<span class="found">${test.message}</span>`}`,
      stateBadge(test.status),
      isPassed(test) || test.failures === null ? "" : formatCount(test.failures),
      `${test.layer}.${test.model}`,
      test.severity === "error" ? "yes" : "no",
      html`${resultStrip(test.trend)}<span class="note">${timesNotPassed(test)}</span>`,
    ]),
    empty: "Every data test passed in every run.",
  })}
  ${chartFigure({
    chart: "quality",
    summary,
    table: dataTable({
      caption: "Results of data tests, newest run first",
      columns: [
        { head: "Run" },
        { head: "Failed", isNumber: true },
        { head: "Warned", isNumber: true },
        { head: "Passed", isNumber: true },
      ],
      rows: counts.toReversed().map(({ runId, failed, warned, passed }) => [runId, failed, warned, passed]),
      empty: "No data tests are recorded.",
    }),
  })}`;
}

const isPassed = ({ status }: ReportedTest): boolean => status === "pass";

function timesNotPassed({ trend }: ReportedTest): string {
  const results = trend.filter((result) => result !== null);
  return `${results.filter((result) => result !== "pass").length} of ${results.length}`;
}
