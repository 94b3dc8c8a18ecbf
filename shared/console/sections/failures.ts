import { formatCount, formatMany } from "../../text/format.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import { commandFor } from "../../text/command-for.ts";
import { noReplayText } from "../../text/gap-text.ts";
import { FAILURE_DAYS } from "../data/read-failures.ts";
import type { Report } from "../data/report.ts";
import { timeElement } from "../html/time-element.ts";

/** Failed attempts by kind. */
export function failures({ failures: kinds }: Report): Html {
  const total = kinds.reduce((sum, { attempts }) => sum + attempts, 0);
  if (total === 0) return html`<p class="empty">No attempt has failed in ${FAILURE_DAYS} days.</p>`;
  const gaveUp = kinds.reduce((sum, kind) => sum + kind.gaveUp, 0);
  return chartFigure({
    chart: "failures",
    summary: `${formatMany(total, "attempt")} failed in ${FAILURE_DAYS} days, of ${formatMany(kinds.length, "kind")}; ${gaveUp === 0 ? "all were retried" : `after ${formatCount(gaveUp)} of them the layer gave up`}.`,
    table: dataTable({
      caption: `Failed attempts in ${FAILURE_DAYS} days, by kind`,
      columns: [
        { head: "Error" },
        { head: "Layer" },
        { head: "Attempts", isNumber: true },
        { head: "Runs", isNumber: true },
        { head: "Gave up", isNumber: true },
        { head: "Last" },
        { head: "Last message" },
      ],
      rows: kinds.map((kind) => [
        kind.pattern === kind.code ? kind.code : `${kind.code} (${kind.pattern})`,
        kind.layer,
        kind.attempts,
        kind.runs,
        kind.gaveUp,
        html`${timeElement(kind.lastAt)}
        ${kind.lastRunId !== null && html`<code class="nowrap">${kind.lastRunId}</code>`}`,
        kind.lastMessage,
      ]),
      empty: "",
    }),
  });
}

/** Layers that gave up and were not replayed. */
export function dlqMessages({ givenUp, stage }: Report): Html {
  return html`<p>The message of a layer that gave up stays in its dead-letter queue for 14 days.</p>
    ${dataTable({
      caption: "Layers that gave up and were not replayed",
      columns: [
        { head: "Layer" },
        { head: "Run" },
        { head: "Error" },
        { head: "Since" },
        { head: "Attempts", isNumber: true },
        { head: "Next" },
      ],
      rows: givenUp.map(({ layer, runId, code, since, attempts, supersededBy }) => [
        layer,
        html`<code class="nowrap">${runId}</code>`,
        code,
        timeElement(since),
        attempts,
        supersededBy === null
          ? html`<code>${commandFor(stage, `dlq replay ${layer} --run ${runId}`)}</code>`
          : html`${noReplayText(stage, runId, supersededBy)} To delete the message:
              <code>${commandFor(stage, `dlq purge ${layer} --run ${runId} --yes`)}</code>`,
      ]),
      empty: "No dead-letter queue has a message of these layers.",
    })}`;
}
