import { formatCount, formatMany } from "../../text/format.ts";
import { breakable } from "../html/breakable.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import { TREND_RUNS } from "../data/targets.ts";
import { isNewWarning, wasNotRun } from "../data/read-tests.ts";
import type { Report, ReportedTest } from "../data/report.ts";
import { resultStrip } from "../html/sparkline.ts";
import { stateBadge } from "../html/state-badge.ts";

/** Data tests over time: failures and new warnings are shown, earlier warnings are collapsed. */
export function quality({ quality: counts, tests }: Report): Html {
  const notPassed = counts.filter(({ failed, warned }) => failed + warned > 0).length;
  if (counts.length === 0) return html`<p class="empty">No data tests are recorded yet.</p>`;
  const summary = `In ${notPassed} of ${formatMany(counts.length, "run")} a data test failed or warned.`;
  const groups = Map.groupBy(tests, groupOf);
  const caption = "Data tests that fail, and warnings that are new since the run before";
  return html`${testTable(caption, groups.get("shown") ?? [])}
  ${folded("that warned in the run before, too", groups.get("known") ?? [])}
  ${folded("that did not pass in an earlier run", groups.get("earlier") ?? [])}
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

type Group = "shown" | "known" | "earlier";

function groupOf(test: ReportedTest): Group {
  if (wasNotRun(test) || isPassed(test) || test.status === "skipped") return "earlier";
  return test.status === "fail" || test.status === "error" || isNewWarning(test) ? "shown" : "known";
}

function folded(what: string, tests: readonly ReportedTest[]): Html {
  if (tests.length === 0) return html``;
  const title = `${formatMany(tests.length, "data test")} ${what}`;
  return html`<details>
    <summary>${title}</summary>
    ${testTable(title, tests)}
  </details>`;
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
    empty: "No data test fails, and no warning is new.",
  });
}

const isPassed = ({ status }: ReportedTest): boolean => status === "pass";

function timesNotPassed({ trend }: ReportedTest): string {
  const results = trend.filter((result) => result !== null);
  return `${results.filter((result) => result !== "pass").length} of ${results.length}`;
}
