import { dayWithWeekday } from "../../time/day-with-weekday.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import { commandFor } from "../../text/command-for.ts";
import type { Report } from "../data/report.ts";
import { timeElement } from "../html/time-element.ts";

/** The backup sets of past publications that can be restored. */
export function backups({ backups: sets, stage }: Report): Html {
  return html`<p>Baton keeps one set per layer and day for three days. A restore swaps it with the live tables.</p>
    ${dataTable({
      caption: "Sets that can be restored",
      columns: [
        { head: "Layer" },
        { head: "Data of" },
        { head: "Replaced at" },
        { head: "Tables", isNumber: true },
        { head: "To restore" },
      ],
      rows: sets.map(({ layer, businessDate, takenAt, tables }) => [
        layer,
        businessDate === null ? "several runs" : html`<span class="nowrap">${dayWithWeekday(businessDate)}</span>`,
        timeElement(takenAt),
        tables,
        html`<code>${commandFor(stage, `backups restore --layer ${layer} --at ${takenAt}`)}</code>`,
      ]),
      empty: "There are none yet. The first publication of a layer replaces nothing.",
    })}`;
}
