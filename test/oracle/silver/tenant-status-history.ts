import type { TenantRow } from "../../../local/sample/rows/core-rows.ts";
import { cleanDate, plusDays } from "../dates.ts";
import type { SourceDay } from "../source-day.ts";
import { cleanText } from "../texts.ts";

/** One period of a tenant: tracked columns, context of its first day, validity. */
export interface HistoryRow {
  tenant_id: number;
  status: number | null;
  contract_type: number | null;
  affiliation_status: number | null;
  agreement_type: number | null;
  is_transferred: number | null;
  is_renewal_ng: number | null;
  is_paysle_unpaid: number | null;
  renewal_priority: number | null;
  full_name: string | null;
  moving_id: number | null;
  under_contract_id: number | null;
  first_movein_date: string | null;
  renewal_movein_date: string | null;
  renewal_deadline_date: string | null;
  updated_at: string | null;
  valid_from: string;
  valid_to: string | null;
  is_current: 0 | 1;
  closed_reason: "changed" | "disappeared" | null;
}

/** Tracked columns as they are compared: NULL equals NULL, and in the last four it counts as 0. */
function tracked(row: HistoryRow | TenantRow): string {
  return JSON.stringify([
    row.status,
    row.contract_type,
    row.affiliation_status,
    row.agreement_type,
    row.is_transferred ?? 0,
    row.is_renewal_ng ?? 0,
    row.is_paysle_unpaid ?? 0,
    row.renewal_priority ?? 0,
  ]);
}

function opened(row: TenantRow, day: string): HistoryRow {
  return {
    tenant_id: row.id,
    status: row.status,
    contract_type: row.contract_type,
    affiliation_status: row.affiliation_status,
    agreement_type: row.agreement_type,
    is_transferred: row.is_transferred,
    is_renewal_ng: row.is_renewal_ng,
    is_paysle_unpaid: row.is_paysle_unpaid,
    renewal_priority: row.renewal_priority,
    full_name: cleanText(row.full_name),
    moving_id: row.moving_id,
    under_contract_id: row.under_contract_id,
    first_movein_date: cleanDate(row.first_movein_date),
    renewal_movein_date: cleanDate(row.renewal_movein_date),
    renewal_deadline_date: cleanDate(row.renewal_deadline_date),
    updated_at: row.updated_at,
    valid_from: day,
    valid_to: null,
    is_current: 1,
    closed_reason: null,
  };
}

function closed(row: HistoryRow, lastDay: string, reason: "changed" | "disappeared"): HistoryRow {
  return { ...row, valid_to: lastDay, is_current: 0, closed_reason: reason };
}

/** Step 0: what the history was before the day. */
function rewound(history: readonly HistoryRow[], day: string): HistoryRow[] {
  const before = plusDays(day, -1);
  return history
    .filter(({ valid_from }) => valid_from < day)
    .map((row) =>
      row.valid_to !== null && row.valid_to >= before
        ? { ...row, valid_to: null, is_current: 1 as const, closed_reason: null }
        : row,
    );
}

/**
 * tenant_status_history as a function of the published history, the day's snapshot and the day.
 *
 * @throws Error when the snapshot is empty or lacks more than 5 % of the open tenants
 */
export function tenantStatusHistory(
  published: readonly HistoryRow[],
  { tenants, businessDate: day }: SourceDay,
): HistoryRow[] {
  const history = rewound(published, day);
  const snapshot = new Map(tenants.map((row) => [row.id, row]));
  const open = history.filter(({ valid_to }) => valid_to === null);
  const missing = open.filter(({ tenant_id }) => !snapshot.has(tenant_id)).length;
  if (snapshot.size === 0 || missing > open.length * 0.05) {
    throw new Error(`${missing} of ${open.length} open tenants are missing from a snapshot of ${snapshot.size}`);
  }
  const lastDay = plusDays(day, -1);
  const stays = new Set<number>();
  const rows = history.map((row) => {
    if (row.valid_to !== null) return row;
    const now = snapshot.get(row.tenant_id);
    if (now === undefined) return closed(row, lastDay, "disappeared");
    if (tracked(now) !== tracked(row)) return closed(row, lastDay, "changed");
    stays.add(row.tenant_id);
    return row;
  });
  const added = tenants.filter(({ id }) => !stays.has(id)).map((row) => opened(row, day));
  return [...rows, ...added];
}
