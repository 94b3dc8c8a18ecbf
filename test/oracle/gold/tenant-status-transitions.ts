import { contractTypes, labelsOf, tenantStatuses } from "../code-lists.ts";
import { daysBetween, plusDays } from "../dates.ts";
import type { HistoryRow } from "../silver/tenant-status-history.ts";
import { lineage, type Run } from "./run.ts";

interface Period {
  row: HistoryRow;
  previous: HistoryRow | undefined;
  /** First day of the unbroken run of adjacent periods with this status. */
  statusSince: string;
}

/** A tenant's periods in order, each with the one before it. */
function periodsOf(rows: readonly HistoryRow[]): Period[] {
  const periods: Period[] = [];
  for (const row of rows.toSorted((a, b) => (a.valid_from < b.valid_from ? -1 : 1))) {
    const before = periods.at(-1);
    const previous = before?.row;
    const isAdjacent = previous?.valid_to != null && plusDays(previous.valid_to, 1) === row.valid_from;
    const goesOn = before !== undefined && isAdjacent && previous?.status === row.status;
    periods.push({ row, previous, statusSince: goesOn ? before.statusSince : row.valid_from });
  }
  return periods;
}

function transitionOf({ row, previous, statusSince }: Period, run: Run) {
  const label = labelsOf(tenantStatuses, row.status).en;
  const previousLabel = previous === undefined ? null : labelsOf(tenantStatuses, previous.status).en;
  const isStatusChanged = previous !== undefined && previous.status !== row.status;
  const isUnpaid = row.is_paysle_unpaid ?? 0;
  const isPaymentChanged = previous !== undefined && (previous.is_paysle_unpaid ?? 0) !== isUnpaid;
  const isIneligible = row.is_renewal_ng ?? 0;
  const until = row.valid_to ?? run.businessDate;
  return {
    tenant_id: row.tenant_id,
    status_code: row.status,
    status_label: label,
    previous_status_code: previous?.status ?? null,
    previous_status_label: previousLabel,
    status_changed: isStatusChanged ? 1 : 0,
    status_transition: isStatusChanged ? `${previousLabel ?? "None"} -> ${label ?? "None"}` : null,
    contract_type: row.contract_type,
    contract_type_label: labelsOf(contractTypes, row.contract_type).en,
    is_unpaid: isUnpaid,
    payment_status_changed: isPaymentChanged ? 1 : 0,
    payment_status_change: isPaymentChanged ? (isUnpaid === 1 ? "Became Unpaid" : "Payment Resolved") : null,
    is_renewal_ineligible: isIneligible,
    renewal_eligibility_changed: previous !== undefined && (previous.is_renewal_ng ?? 0) !== isIneligible ? 1 : 0,
    renewal_priority: row.renewal_priority ?? 0,
    is_transferred: row.is_transferred ?? 0,
    affiliation_status: row.affiliation_status,
    agreement_type: row.agreement_type,
    moving_id: row.moving_id,
    effective_date: row.valid_from,
    end_date: row.valid_to,
    days_in_period: daysBetween(row.valid_from, until) + 1,
    days_in_status: daysBetween(statusSince, until) + 1,
    is_first_period: previous === undefined ? 1 : 0,
    is_current: row.is_current,
    closed_reason: row.closed_reason,
    ...lineage(run),
  };
}

/** tenant_status_transitions. */
export function tenantStatusTransitions(history: readonly HistoryRow[], run: Run) {
  const tenants = Map.groupBy(history, ({ tenant_id }) => tenant_id);
  return [...tenants.values()].flatMap((rows) => periodsOf(rows).map((period) => transitionOf(period, run)));
}
