import { formatCount, formatDuration, formatMany } from "../../text/format.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import type { Report } from "../data/report.ts";
import { stateBadge } from "../html/state-badge.ts";

/** What is built from what, with its state in the run. */
export function lineage({ lineage: nodes }: Report): Html {
  if (nodes.length === 0) return html`<p class="empty">No build has been recorded yet.</p>`;
  const failed = nodes.filter(({ state, failedTests }) => state === "failed" || failedTests > 0);
  const kinds = (kind: string): number => nodes.filter((node) => node.kind === kind).length;
  const summary =
    `${formatMany(kinds("model"), "model")} from ${formatMany(kinds("source"), "table")} and ${formatMany(kinds("seed"), "seed")}. ` +
    (failed.length === 0
      ? "None failed in this run."
      : `Failed in this run: ${failed.map(({ name }) => name).join(", ")}.`);
  return chartFigure({
    chart: "lineage",
    scrolls: "Graph of models",
    summary,
    table: dataTable({
      caption: "Models, with what they are built from",
      columns: [
        { head: "Node" },
        { head: "State" },
        { head: "Rows", isNumber: true },
        { head: "Time", isNumber: true },
        { head: "Failed tests", isNumber: true },
        { head: "Built from" },
      ],
      rows: nodes.map((node) => [
        node.id,
        stateBadge(node.state),
        formatCount(node.rows),
        formatDuration(node.durationMs),
        node.failedTests,
        node.dependsOn.join(", "),
      ]),
      empty: "",
    }),
  });
}
