import { formatCount } from "../../text/format.ts";
import { chartFigure } from "../chart-figure.ts";
import { dataTable } from "../data-table.ts";
import { html, type Html } from "../html.ts";
import type { Report, ReportedTest } from "../report.ts";
import { resultStrip } from "../sparkline.ts";
import { stateBadge } from "../state-badge.ts";

/** Data tests over time; those that fail stand first. */
export function quality({ quality: counts, tests }: Report): Html {
  const notPassed = counts.filter(({ failed, warned }) => failed + warned > 0).length;
  const summary =
    counts.length === 0
      ? "No data tests are recorded."
      : `In ${notPassed} of ${counts.length} runs a data test failed or warned.`;
  return html`${dataTable({
    caption: "Tests that did not pass in the last 30 runs",
    columns: [
      { head: "Test" },
      { head: "Latest" },
      { head: "Rows found", isNumber: true },
      { head: "Model" },
      { head: "Blocks publishing" },
      { head: "Last 30 runs" },
    ],
    rows: tests.map((test) => [
      test.test,
      stateBadge(test.status),
      test.status === "pass" || test.failures === null ? "" : formatCount(test.failures),
      `${test.layer}.${test.model}`,
      test.severity === "error" ? "yes" : "no",
      html`${resultStrip(test.trend)} <span class="note">${timesNotPassed(test)}</span>`,
    ]),
    empty: counts.length === 0 ? "No data tests are recorded yet." : "Every data test passed in every run.",
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

function timesNotPassed({ trend }: ReportedTest): string {
  const results = trend.filter((result) => result !== null);
  return `${results.filter((result) => result !== "pass").length} of ${results.length} not passed`;
}
