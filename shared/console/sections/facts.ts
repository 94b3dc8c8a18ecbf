import { formatCount, formatDuration, formatHours } from "../../text/format.ts";
import { totalUsd } from "../data/cost-of-run.ts";
import { html, type Html } from "../html/html.ts";
import type { QualityOfRun, Report } from "../data/report.ts";
import { FRESHNESS_LIMIT_HOURS, TARGET_MINUTES } from "../data/targets.ts";
import { formatUsd } from "./cost.ts";

/** The key figures of the run. */
export function facts(report: Report): Html {
  const { run, history, quality, givenUp, cost } = report;
  if (run === null) return html``;
  const point = history.find(({ id }) => id === run.id);
  const before = history.find(({ id }) => id === report.previousRunId)?.rows ?? null;
  const waiting = givenUp.filter(({ supersededBy }) => supersededBy === null);
  const rows = point?.rows ?? null;
  const hours = point?.freshnessHours ?? null;
  const notLive = run.state === "running" || run.state === "retrying" ? "not live yet" : "did not go live";
  const change = rows === null || before === null || before === 0 ? null : (rows - before) / before;
  return html`<dl class="facts" aria-label="The run at a glance">
    ${fact("Run time", formatDuration(run.durationMs), `target under ${TARGET_MINUTES} min`, run.durationMs > TARGET_MINUTES * 60_000)}
    ${fact("Dump to live", hours === null ? "–" : formatHours(hours), hours === null ? notLive : `alarm at ${FRESHNESS_LIMIT_HOURS} h`, (hours ?? 0) > FRESHNESS_LIMIT_HOURS)}
    ${fact("Rows", rows === null ? "–" : formatCount(rows), rows === null ? notLive : change === null ? "no run before" : `${formatChange(change)} since the run before`, false)}
    ${testFact(quality.find(({ runId }) => runId === run.id))}
    ${fact("DLQ messages", String(waiting.length), waiting.length === 0 ? "nothing to replay" : "to be replayed", waiting.length > 0)}
    ${cost !== null && fact("Cost of the run", formatUsd(totalUsd(cost.baton)), "at list prices", false)}
  </dl>`; // prettier-ignore
}

/** The number of failed tests if there are any, else the number of passed tests. */
function testFact(counts: QualityOfRun | undefined): Html {
  if (counts === undefined) return fact("Data tests", "–", "none recorded", false);
  const { passed, warned, failed } = counts;
  if (failed > 0)
    return fact("Data tests", `${formatCount(failed)} failed`, `${passed} passed, ${warned} warned`, true);
  return fact("Data tests", `${formatCount(passed)} passed`, `none failed, ${warned} warned`, false);
}

/** Formats a change as `+1.2 %`, `−30 %`. */
export function formatChange(share: number): string {
  if (share === 0) return "±0 %";
  const percent = Math.abs(share * 100);
  const digits = percent >= 9.95 ? 0 : percent >= 0.095 ? 1 : 2;
  return `${share > 0 ? "+" : "−"}${percent.toFixed(digits)} %`;
}

function fact(label: string, value: string, note: string, isBad: boolean): Html {
  return html`<div class="fact ${isBad ? "bad" : ""}">
    <dt>${label}</dt>
    <dd class="value">${value}</dd>
    <dd class="note">${note}</dd>
  </div>`;
}
