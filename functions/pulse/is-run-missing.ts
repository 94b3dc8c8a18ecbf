import type { LedgerSummary } from "../../shared/ledger/ledger-summary.ts";
import { passedDeadline } from "../../shared/time/passed-deadline.ts";

/** True when no run of the deadline's date or a later date is complete; false for days before the ledger existed. */
export function isRunMissing(
  { completedDate, expectedSince }: Pick<LedgerSummary, "completedDate" | "expectedSince">,
  deadline: string,
  now: Date,
): boolean {
  if (deadline === "" || expectedSince === null) return false;
  const { businessDate, at } = passedDeadline(deadline, now);
  return expectedSince < at && (completedDate === null || completedDate < businessDate);
}
