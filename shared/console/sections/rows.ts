import { formatCount } from "../../text/format.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html, type HtmlValue } from "../html/html.ts";
import { changeOf } from "../data/read-tables.ts";
import type { Report, TableRows } from "../data/report.ts";
import { sparkline } from "../html/sparkline.ts";
import { TREND_RUNS, USUAL_CHANGE } from "../data/targets.ts";
import { formatChange } from "./facts.ts";

const COLUMNS = [
  { head: "Table" },
  { head: "Rows", isNumber: true },
  { head: "Before", isNumber: true },
  { head: "Change", isNumber: true },
  { head: `Last ${TREND_RUNS} runs` },
];

/** Row counts of every table and of the previous run; tables with the largest changes come first. */
export function rows({ tables, previousRunId, run }: Report): Html {
  if (run === null) return html`<p class="empty">There has been no run yet.</p>`;
  const unusual = tables.filter(isUnusual).sort((a, b) => weight(b) - weight(a));
  const percent = USUAL_CHANGE * 100;
  const byLayer = Map.groupBy(tables, ({ layer }) => layer);
  return html`<p>
      ${
        previousRunId === null
          ? "There is no completed run before this one."
          : html`Compared with run <code>${previousRunId}</code>, ${unusual.length} of ${tables.length} tables changed by more than ${percent} %.`
      }
    </p>
    ${
      previousRunId !== null &&
      dataTable({
        caption: `Tables that changed by more than ${percent} %`,
        columns: COLUMNS,
        rows: unusual.map((table) => rowOf(table, `${table.layer}.${table.table}`)),
        empty: `No table changed by more than ${percent} %.`,
      })
    }
    ${[...byLayer].map(
      ([layer, ofLayer]) =>
        html`<details>
          <summary>All ${ofLayer.length} tables of ${layer}</summary>
          ${dataTable({
            caption: `Rows of ${layer}`,
            columns: COLUMNS,
            rows: ofLayer.map((table) => rowOf(table, table.table)),
            empty: "",
          })}
        </details>`,
    )}`; // prettier-ignore
}

function rowOf(table: TableRows, name: string): HtmlValue[] {
  const change = changeOf(table);
  const word = table.rows === null ? "removed" : table.before === null ? "new" : "was empty";
  return [
    name,
    table.rows === null ? "–" : formatCount(table.rows),
    table.before === null ? "–" : formatCount(table.before),
    html`<span class="${classOf(table)}">${change === null ? word : formatChange(change)}</span>`,
    sparkline(table.trend),
  ]; // prettier-ignore
}

/** Losses are marked as bad; growth is normal. */
function classOf(table: TableRows): string {
  if (!isUnusual(table)) return "";
  const isLoss = table.rows === null || (changeOf(table) ?? 0) < 0;
  return isLoss ? "unusual lost" : "unusual";
}

function isUnusual(table: TableRows): boolean {
  const change = changeOf(table);
  return change === null || Math.abs(change) > USUAL_CHANGE;
}

/** Larger than any growth of a table between runs, so that losses come first. */
const LOSS_FIRST = 1e9;

/** Removed and new tables come first, then the largest loss, then the largest gain. */
function weight(table: TableRows): number {
  const change = changeOf(table);
  if (change === null) return Number.MAX_VALUE;
  return change < 0 ? LOSS_FIRST - change : change;
}
