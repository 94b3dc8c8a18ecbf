import type { LedgerSummary } from "../../shared/ledger/ledger-summary.ts";
import { DEFAULT_DEADLINE } from "../../shared/config/source.ts";
import { isRunMissing } from "./is-run-missing.ts";
import { passedDeadline } from "../../shared/time/passed-deadline.ts";

const DAY_MS = 86_400_000;

/** What pulse knows without the warehouse. */
export interface Signals {
  now: Date;
  code: string;
  /** Time in the source's time zone by which the day's run must be complete; empty if no daily run is expected. */
  deadline: string;
  /** Messages in each DLQ. */
  dlqDepths: Readonly<Record<string, number>>;
  hasLayerMessages: boolean;
  /** When the console page was written, which happens after each run. */
  pageWrittenAt: Date | undefined;
}

/**
 * Decides whether the ledger may have changed since the summary, or whether a run is due.
 *
 * @returns the reason, or undefined if the summary is still true
 */
export function whyReadLedger(summary: LedgerSummary | undefined, signals: Signals): string | undefined {
  const { now, code, deadline, dlqDepths, pageWrittenAt } = signals;
  if (summary === undefined) return "there is no summary";
  if (summary.code !== code) return "the code is new";
  if (summary.isActive) return "a run is active";
  if (signals.hasLayerMessages) return "a layer has a message";
  if (Object.entries(dlqDepths).some(([name, depth]) => summary.dlqDepths[name] !== depth)) return "a DLQ changed";
  // S3 records whole seconds
  const second = Math.floor(summary.measuredAt.getTime() / 1_000) * 1_000;
  if (pageWrittenAt !== undefined && pageWrittenAt.getTime() >= second) return "a run has ended";
  if (isRunMissing(summary, deadline, now)) return "a run is due";
  // without a deadline, the ledger is also read once a day
  const { at } = passedDeadline(deadline === "" ? DEFAULT_DEADLINE : deadline, now);
  if (summary.measuredAt < at || now.getTime() - summary.measuredAt.getTime() > DAY_MS) return "a day has passed";
  return undefined;
}
