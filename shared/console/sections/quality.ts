import { formatCount, formatMany } from "../../text/format.ts";
import { breakable } from "../html/breakable.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import { TREND_RUNS } from "../data/targets.ts";
import { wasNotRun } from "../data/read-tests.ts";
import type { Report, ReportedTest } from "../data/report.ts";
import { resultStrip } from "../html/sparkline.ts";
import { stateBadge } from "../html/state-badge.ts";

/** Tests in sight, unless more fail. */
const SHOWN_TESTS = 8;

/** Data tests over time; those that fail stand first. */
export function quality({ quality: counts, tests }: Report): Html {
  const notPassed = counts.filter(({ failed, warned }) => failed + warned > 0).length;
  if (counts.length === 0) return html`<p class="empty">No data tests are recorded yet.</p>`;
  const summary = `In ${notPassed} of ${formatMany(counts.length, "run")} a data test failed or warned.`;
  // what stops publishing is all in sight; what has warned for long must not push the rest of the page away
  const first = Math.max(
    SHOWN_TESTS,
    tests.filter((test) => !wasNotRun(test) && (test.status === "fail" || test.status === "error")).length,
  );
  const more = tests.slice(first);
  const caption = `Tests that did not pass in one of the last ${TREND_RUNS} runs, those that fail first`;
  return html`${testTable(caption, tests.slice(0, first))}
  ${
    more.length > 0 &&
    html`<details>
      <summary>${more.length} more that warn or have passed again</summary>
      ${testTable("The other tests that did not pass in one of the last runs", more)}
    </details>`
  }
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

function testTable(caption: string, tests: readonly ReportedTest[]): Html {
  return dataTable({
    caption,
    columns: [
      { head: "Test" },
      { head: "Latest" },
      { head: "Rows found", isNumber: true },
      { head: "Of" },
      { head: "Can block" },
      { head: `Not passed, last ${TREND_RUNS} runs` },
    ],
    rows: tests.map((test) => [
      html`${breakable(test.test)}${!isPassed(test) && test.message !== null && html`<span class="found">${test.message}</span>`}`,
      wasNotRun(test) ? html`${stateBadge(test.status)} <span class="note">(earlier)</span>` : stateBadge(test.status),
      isPassed(test) || test.failures === null ? "" : formatCount(test.failures),
      breakable(`${test.layer}.${test.model}`),
      test.severity === "error" ? "yes" : "no",
      html`${resultStrip(test.trend)}<span class="note">${timesNotPassed(test)}</span>`,
    ]),
    empty: "Every data test passed in every run.",
  });
}

const isPassed = ({ status }: ReportedTest): boolean => status === "pass";

function timesNotPassed({ trend }: ReportedTest): string {
  const results = trend.filter((result) => result !== null);
  return `${results.filter((result) => result !== "pass").length} of ${results.length}`;
}
