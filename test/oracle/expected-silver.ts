import { intContracts } from "./silver/int-contracts.ts";
import { stgApartments } from "./silver/stg-apartments.ts";
import { stgInquiries } from "./silver/stg-inquiries.ts";
import { stgMovings } from "./silver/stg-movings.ts";
import { stgRooms } from "./silver/stg-rooms.ts";
import { stgTenants } from "./silver/stg-tenants.ts";
import { tenantStatusHistory, type HistoryRow } from "./silver/tenant-status-history.ts";
import type { SourceDay } from "./source-day.ts";

/**
 * Every silver table that a day must give, computed from the dump's rows alone.
 *
 * @param publishedHistory tenant_status_history as published before; empty for a first run
 */
export function expectedSilver(day: SourceDay, { publishedHistory }: { publishedHistory: readonly HistoryRow[] }) {
  const stg_apartments = stgApartments(day);
  const stg_rooms = stgRooms(day);
  const stg_tenants = stgTenants(day);
  const stg_movings = stgMovings(day);
  return {
    stg_apartments,
    stg_rooms,
    stg_tenants,
    stg_movings,
    stg_inquiries: stgInquiries(day),
    int_contracts: intContracts(
      { movings: stg_movings, tenants: stg_tenants, apartments: stg_apartments, rooms: stg_rooms },
      day.businessDate,
    ),
    tenant_status_history: tenantStatusHistory(publishedHistory, day),
  };
}

export type ExpectedSilver = ReturnType<typeof expectedSilver>;
