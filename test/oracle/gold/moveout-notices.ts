import { minusMonths } from "../dates.ts";
import type { IntContract } from "../silver/int-contracts.ts";
import { detail, isLocated } from "./detail.ts";
import { average, lineage, MIN_VALID_DATE, type Run } from "./run.ts";

const WINDOW_MONTHS = 24;

function statusOf(contract: IntContract): "Completed" | "Cancelled" | "Pending" {
  if (contract.is_completed_moveout === 1) return "Completed";
  return contract.is_valid_contract === 1 ? "Pending" : "Cancelled";
}

function noticesFrom(
  contracts: readonly IntContract[],
  from: string,
  { businessDate }: Run,
): { contract: IntContract; noticed: string }[] {
  return contracts.flatMap((contract) => {
    const { cancellation_notice_date: noticed } = contract;
    if (noticed === null || noticed < from || noticed > businessDate || !isLocated(contract)) return [];
    return [{ contract, noticed }];
  });
}

/** moveout_notices: the last 24 months. */
export function moveoutNotices(contracts: readonly IntContract[], run: Run) {
  return noticesFrom(contracts, minusMonths(run.businessDate, WINDOW_MONTHS), run).map(({ contract, noticed }) => ({
    ...detail(contract, noticed),
    notice_received_date: noticed,
    planned_moveout_date: contract.moveout_date,
    notice_lead_time_days: contract.notice_lead_time_days,
    moveout_status: statusOf(contract),
    ...lineage(run),
  }));
}

/** moveout_notices_monthly: all notices by month, tenant type and prefecture. */
export function moveoutNoticesMonthly(contracts: readonly IntContract[], run: Run) {
  const groups = Map.groupBy(noticesFrom(contracts, MIN_VALID_DATE, run), ({ contract, noticed }) =>
    JSON.stringify([noticed.slice(0, 7), contract.tenant_type, contract.prefecture ?? "Unknown"]),
  );
  return [...groups.values()].flatMap((notices) => {
    const [first] = notices;
    if (first === undefined) return [];
    const count = (status: string): number => notices.filter(({ contract }) => statusOf(contract) === status).length;
    return [
      {
        notice_month: first.noticed.slice(0, 7),
        tenant_type: first.contract.tenant_type,
        prefecture: first.contract.prefecture ?? "Unknown",
        notice_count: notices.length,
        completed_count: count("Completed"),
        pending_count: count("Pending"),
        cancelled_count: count("Cancelled"),
        avg_lead_time_days: average(notices.flatMap(({ contract }) => contract.notice_lead_time_days ?? [])),
        ...lineage(run),
      },
    ];
  });
}
