import { plusDays, tokyoDayOf } from "../dates.ts";
import type { TenantType } from "../code-lists.ts";
import type { ExpectedSilver } from "../expected-silver.ts";
import type { HistoryRow } from "../silver/tenant-status-history.ts";
import { isInRange, lineage, type Run } from "./run.ts";

type Count =
  | "inquiries_count"
  | "applications_count"
  | "reservations_entered_count"
  | "contracts_signed_count"
  | "confirmed_moveins_count"
  | "renewal_moveins_count"
  | "confirmed_moveouts_count";

interface Event {
  day: string | null;
  tenantType: TenantType;
  count: Count;
}

/** Days on which tenants entered status 4: not the first run's, and not while status 4 goes on. */
function reservationEntries(history: readonly HistoryRow[]): HistoryRow[] {
  const firstRun = history.reduce((least, { valid_from }) => (valid_from < least ? valid_from : least), "9999-12-31");
  const endsAtStatus4 = new Set(
    history.flatMap(({ tenant_id, status, valid_to }) =>
      status === 4 && valid_to !== null ? [`${tenant_id} ${plusDays(valid_to, 1)}`] : [],
    ),
  );
  return history.filter(
    ({ tenant_id, status, valid_from }) =>
      status === 4 && valid_from !== firstRun && !endsAtStatus4.has(`${tenant_id} ${valid_from}`),
  );
}

function* eventsOf(silver: ExpectedSilver): Generator<Event> {
  const corporate = new Map(silver.stg_tenants.map((row) => [row.tenant_id, row.is_corporate_name === 1]));
  const tenantLevel = (id: number): TenantType => (corporate.get(id) === true ? "corporate" : "individual");
  for (const row of silver.stg_inquiries) {
    yield { day: row.inquiry_date, tenantType: "individual", count: "inquiries_count" };
  }
  for (const row of silver.stg_tenants) {
    if (row.tenant_status_code !== 4) continue;
    yield { day: tokyoDayOf(row.created_at), tenantType: tenantLevel(row.tenant_id), count: "applications_count" };
  }
  for (const row of reservationEntries(silver.tenant_status_history)) {
    yield { day: row.valid_from, tenantType: tenantLevel(row.tenant_id), count: "reservations_entered_count" };
  }
  for (const row of silver.int_contracts) {
    const { tenant_type: tenantType } = row;
    if (row.is_valid_contract === 1) {
      yield { day: row.contract_date, tenantType, count: "contracts_signed_count" };
      yield { day: row.contract_start_date, tenantType, count: "confirmed_moveins_count" };
      if (row.is_renewal === "Yes") yield { day: row.contract_start_date, tenantType, count: "renewal_moveins_count" };
    }
    if (row.is_completed_moveout === 1) yield { day: row.moveout_date, tenantType, count: "confirmed_moveouts_count" };
  }
}

/** daily_activity_summary; no filter by coordinates. */
export function dailyActivitySummary(silver: ExpectedSilver, run: Run) {
  const days = new Map<string, { day: string; tenantType: TenantType; counted: Record<Count, number> }>();
  for (const { day, tenantType, count } of eventsOf(silver)) {
    if (!isInRange(day, run)) continue;
    const key = `${day} ${tenantType}`;
    const entry = days.get(key) ?? { day, tenantType, counted: zeros() };
    entry.counted[count] += 1;
    days.set(key, entry);
  }
  return [...days.values()].map(({ day, tenantType, counted }) => ({
    activity_date: day,
    tenant_type: tenantType,
    ...counted,
    net_occupancy_delta: counted.confirmed_moveins_count - counted.confirmed_moveouts_count,
    ...lineage(run),
  }));
}

function zeros(): Record<Count, number> {
  return {
    inquiries_count: 0,
    applications_count: 0,
    reservations_entered_count: 0,
    contracts_signed_count: 0,
    confirmed_moveins_count: 0,
    renewal_moveins_count: 0,
    confirmed_moveouts_count: 0,
  };
}
