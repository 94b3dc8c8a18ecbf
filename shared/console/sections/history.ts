import { formatCount, formatDuration, formatMany } from "../../text/format.ts";
import { gapText } from "../../text/gap-text.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import type { Report } from "../data/report.ts";
import { stateBadge } from "../html/state-badge.ts";
import { timeElement } from "../html/time-element.ts";

/** All runs on the page, newest first, and the gaps between published dates. */
export function history({ history: runs, stage }: Report): Html {
  const gaps = gapText(stage, runs);
  return html`${gaps !== undefined && html`<p>${gaps}</p>`}<details>
    <summary>All ${formatMany(runs.length, "run")}</summary>
    ${dataTable({
      caption: "Runs, newest first",
      columns: [
        { head: "Run" },
        { head: "State" },
        { head: "Started" },
        { head: "Time", isNumber: true },
        { head: "Rows", isNumber: true },
        { head: "Attempts" },
      ],
      rows: runs.map((run) => [
        run.id,
        html`${stateBadge(run.state)} ${run.missingIn.length > 0 && stateBadge("gap")}`,
        timeElement(run.startedAt),
        formatDuration(run.durationMs),
        formatCount(run.rows),
        run.layers.map(({ name, attempts }) => `${name} ${attempts}`).join(", "),
      ]),
      empty: "There has been no run yet.",
    })}
  </details>`; // prettier-ignore
}
