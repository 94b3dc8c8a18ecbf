import type { ExpectedSilver } from "./expected-silver.ts";
import { dailyActivitySummary } from "./gold/daily-activity-summary.ts";
import { moveoutAnalysis, moveoutSummary } from "./gold/moveout-analysis.ts";
import { moveoutNotices, moveoutNoticesMonthly } from "./gold/moveout-notices.ts";
import { moveouts } from "./gold/moveouts.ts";
import { newContracts } from "./gold/new-contracts.ts";
import type { Run } from "./gold/run.ts";
import { tenantStatusTransitions } from "./gold/tenant-status-transitions.ts";

/** Every gold table that a day must give, from the expected silver. */
export function expectedGold(silver: ExpectedSilver, run: Run) {
  const contracts = silver.int_contracts;
  const moveout_analysis = moveoutAnalysis(contracts, run);
  return {
    new_contracts: newContracts(contracts, run),
    moveouts: moveouts(contracts, run),
    moveout_notices: moveoutNotices(contracts, run),
    moveout_notices_monthly: moveoutNoticesMonthly(contracts, run),
    moveout_analysis,
    moveout_summary: moveoutSummary(moveout_analysis, run),
    daily_activity_summary: dailyActivitySummary(silver, run),
    tenant_status_transitions: tenantStatusTransitions(silver.tenant_status_history, run),
  };
}

export type ExpectedGold = ReturnType<typeof expectedGold>;
