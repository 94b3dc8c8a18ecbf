import { formatCount, formatDuration } from "../../text/format.ts";
import { totalUsd } from "../cost-of-run.ts";
import { html, type Html } from "../html.ts";
import type { Report } from "../report.ts";
import { TARGET_MINUTES } from "../targets.ts";
import { formatUsd } from "./cost.ts";

/** The few numbers that one looks at first. */
export function facts(report: Report): Html {
  const { run, history, quality, givenUp, cost } = report;
  if (run === null) return html``;
  const point = history.find(({ id }) => id === run.id);
  const counts = quality.find(({ runId }) => runId === run.id);
  const before = history.find(({ id }) => id === report.previousRunId)?.rows ?? null;
  const waiting = givenUp.filter(({ isSuperseded }) => !isSuperseded);
  const rows = point?.rows ?? null;
  const change = rows === null || before === null || before === 0 ? null : (rows - before) / before;
  return html`<dl class="facts" aria-label="The run at a glance">
    ${fact("Run time", formatDuration(run.durationMs), `target under ${TARGET_MINUTES} min`, run.durationMs > TARGET_MINUTES * 60_000)}
    ${fact("Dump to live", point?.freshnessHours == null ? "–" : `${point.freshnessHours.toFixed(1)} h`, "until gold was live", (point?.freshnessHours ?? 0) > 24)}
    ${fact("Rows", rows === null ? "–" : formatCount(rows), change === null ? "no run before" : `${formatChange(change)} to the run before`, false)}
    ${fact(
      "Data tests",
      counts === undefined ? "–" : `${formatCount(counts.passed)} passed`,
      counts === undefined ? "none recorded" : `${counts.failed} failed, ${counts.warned} warned`,
      (counts?.failed ?? 0) > 0,
    )}
    ${fact("Dead letters", String(waiting.length), "to be replayed", waiting.length > 0)}
    ${cost !== null && fact("Cost of the run", formatUsd(totalUsd(cost.baton)), "list prices", false)}
  </dl>`; // prettier-ignore
}

/** `+1.2 %`, `−30 %`: a share for people. */
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
