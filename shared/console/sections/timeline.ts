import { formatBytes, formatDuration, formatMany } from "../../text/format.ts";
import { withCommandsFor } from "../../text/command-for.ts";
import { chartFigure } from "../charts/chart-figure.ts";
import { dayWithWeekday } from "../../time/day-with-weekday.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import type { Report, ReportedAttempt, ReportedLayer, WaitingRun } from "../data/report.ts";
import { waitsOf, type RetryWait } from "../data/retry-waits.ts";
import { stateBadge } from "../html/state-badge.ts";
import { timeElement } from "../html/time-element.ts";

/** The run's layers and attempts over time, and the waiting runs. */
export function timeline(report: Report): Html {
  const { run, generatedAt, history, stage } = report;
  if (run === null) return html`<p class="empty">There has been no run yet.</p>`;
  const { attempts, layers, dump } = run;
  const length = ({ startedAt, finishedAt }: ReportedAttempt): number =>
    Date.parse(finishedAt ?? generatedAt) - Date.parse(startedAt);
  // the top of the page already shows the error of the newest run
  const errors =
    history[0]?.id === run.id ? [] : layers.flatMap(({ name, error }) => (error === null ? [] : [{ name, error }]));
  return html`<p>
      Run <code>${run.id}</code> of ${dayWithWeekday(run.businessDate)} ${stateBadge(run.state)}, requested by
      <bdi>${run.requestedBy}</bdi>, ${formatDuration(run.durationMs)}.
      ${
        dump !== null &&
        html`Dump <code>${dump.key}</code>, ${formatBytes(dump.bytes)}, taken ${timeElement(dump.takenAt)}.`
      }
    </p>
    ${errors.map(
      ({ name, error }) =>
        html`<div class="error">
          <p><strong>${name}: ${error.code}</strong></p>
          <p>${error.message}</p>
          ${error.advice !== null && html`<p>Next: ${withCommandsFor(stage, error.advice)}</p>`}
        </div>`,
    )}
    ${chartFigure({
      chart: "timeline",
      summary: `${summaryOf(layers)}${waitsText(waitsOf(run))}`,
      table: dataTable({
        caption: "Attempts of the run",
        columns: [
          { head: "Layer" },
          { head: "Attempt", isNumber: true },
          { head: "State" },
          { head: "Started" },
          { head: "Time", isNumber: true },
          { head: "Error" },
        ],
        rows: attempts.map((attempt) => [
          attempt.layer,
          attempt.attempt,
          stateBadge(attempt.state),
          timeElement(attempt.startedAt),
          formatDuration(length(attempt)),
          attempt.error === null ? "" : `${attempt.error.code}: ${attempt.error.message}`,
        ]),
        empty: "No layer has started.",
      }),
    })}
    ${waitingRuns(report)}`;
}

function waitingRuns({ waiting, backfills }: Report): Html {
  const texts = backfills.map(
    ({ from, to, dates, ended }) =>
      `Backfill of ${from} to ${to}: ${ended} of ${formatMany(dates, "date")} have ended.`,
  );
  return html`${texts.map((text) => html`<p>${text}</p>`)} ${waiting.length > 0 && waitingTable(waiting)}`;
}

function waitingTable(waiting: readonly WaitingRun[]): Html {
  return dataTable({
    caption: "Runs that wait for their turn: each starts when the run before it has ended",
    columns: [{ head: "Run" }, { head: "Place", isNumber: true }, { head: "Requested by" }, { head: "Requested" }],
    rows: waiting.map(({ id, requestedBy, requestedAt }, index) => [
      html`<code class="nowrap">${id}</code>`,
      index + 1,
      requestedBy,
      timeElement(requestedAt),
    ]),
    empty: "",
  });
}

function summaryOf(layers: readonly ReportedLayer[]): string {
  const parts = layers.map(({ name, state, attempts, durationMs, rows }) => {
    if (state === "pending") return `${name} has not started`;
    const tries = attempts === 1 ? "" : ` with ${attempts} attempts`;
    const made = rows === null ? "" : `, ${formatMany(rows, "row")}`;
    if (state === "retrying") return `${name} waits for attempt ${attempts + 1}`;
    const when = state === "running" ? "for" : "in";
    return `${name} ${state} ${when} ${formatDuration(durationMs)}${tries}${made}`;
  });
  return `${parts.join("; ")}.`;
}

function waitsText(waits: readonly RetryWait[]): string {
  const byLayer = Map.groupBy(waits, ({ layer }) => layer);
  return [...byLayer]
    .map(([layer, ofLayer]) => {
      const lengths = ofLayer.map(({ from, to }) => formatDuration(to - from));
      return ` ${layer} waits before retries: ${lengths.join(", ")}.`;
    })
    .join("");
}
