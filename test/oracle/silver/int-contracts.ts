import { daysBetween, monthsBetween } from "../dates.ts";
import type { StgApartment } from "./stg-apartments.ts";
import type { StgMoving } from "./stg-movings.ts";
import type { StgRoom } from "./stg-rooms.ts";
import type { StgTenant } from "./stg-tenants.ts";

interface Parts {
  moving: StgMoving;
  tenant: StgTenant;
  apartment: StgApartment;
  room: StgRoom;
}

/** Move-out before start, or notice after move-out: no duration. */
function daysOrNull(from: string | null, to: string | null): number | null {
  if (from === null || to === null || to < from) return null;
  return daysBetween(from, to);
}

function monthsOrNull(from: string | null, to: string | null): number | null {
  if (from === null || to === null || to < from) return null;
  return monthsBetween(from, to);
}

function intContract({ moving, tenant, apartment, room }: Parts, isLastMoveout: boolean) {
  return {
    contract_id: moving.moving_id,
    tenant_id: moving.tenant_id,
    apartment_id: moving.apartment_id,
    room_id: moving.room_id,
    asset_id_hj: apartment.asset_id_hj,
    apartment_name: apartment.apartment_name,
    apartment_name_en: apartment.apartment_name_en,
    room_number: room.room_number,
    contract_date: moving.contract_date,
    contract_start_date: moving.contract_start_date,
    rent_start_date: moving.rent_start_date,
    contract_expiration_date: moving.contract_expiration_date,
    original_contract_date: moving.original_contract_date,
    cancellation_notice_date: moving.cancellation_notice_date,
    moveout_date: moving.moveout_date,
    contract_type_code: moving.contract_type_code,
    contract_type_ja: moving.contract_type_ja,
    contract_type_en: moving.contract_type_en,
    tenant_type: moving.tenant_type,
    is_renewal: moving.is_renewal,
    is_valid_contract: moving.is_valid_contract,
    is_completed_moveout: moving.is_completed_moveout,
    monthly_rent: moving.monthly_rent,
    condo_fee: moving.condo_fee,
    administrative_fee: moving.administrative_fee,
    moveout_fee: moving.moveout_fee,
    full_name: tenant.full_name,
    gender_code: tenant.gender_code,
    gender: tenant.gender,
    birth_date: tenant.birth_date,
    age_source: tenant.age_source,
    age: tenant.age,
    nationality: tenant.nationality,
    occupation_company: tenant.affiliation,
    affiliation_type_ja: tenant.affiliation_type_ja,
    affiliation_type_en: tenant.affiliation_type_en,
    residence_status_ja: tenant.personal_identity_ja,
    residence_status: tenant.personal_identity_en,
    contract_channel: tenant.contract_channel,
    tenant_status_code: tenant.tenant_status_code,
    tenant_status_en: tenant.tenant_status_en,
    is_active_lease: tenant.is_active_lease,
    moveout_reason_code: tenant.moveout_reason_code,
    moveout_reason_ja: tenant.moveout_reason_ja,
    moveout_reason_en: tenant.moveout_reason_en,
    is_last_moveout: isLastMoveout ? 1 : 0,
    latitude: apartment.latitude,
    longitude: apartment.longitude,
    prefecture: apartment.prefecture,
    municipality: apartment.municipality,
    full_address: apartment.full_address,
    property_total_rooms: apartment.room_count,
    property_vacant_rooms: apartment.vacancy_room_count,
    total_stay_days: daysOrNull(moving.contract_start_date, moving.moveout_date),
    total_stay_months: monthsOrNull(moving.contract_start_date, moving.moveout_date),
    notice_lead_time_days: daysOrNull(moving.cancellation_notice_date, moving.moveout_date),
    created_at: moving.created_at,
    updated_at: moving.updated_at,
    business_date: moving.business_date,
  };
}

export type IntContract = ReturnType<typeof intContract>;

/** The completed move-out of each tenant with the greatest date up to the business date, then the greatest id. */
function lastMoveouts(parts: readonly Parts[], businessDate: string): Map<number, StgMoving> {
  const last = new Map<number, StgMoving>();
  for (const { moving } of parts) {
    const { moveout_date: date } = moving;
    if (moving.is_completed_moveout !== 1 || date === null || date > businessDate) continue;
    const other = last.get(moving.tenant_id);
    const isLater =
      other?.moveout_date == null ||
      date > other.moveout_date ||
      (date === other.moveout_date && moving.moving_id > other.moving_id);
    if (isLater) last.set(moving.tenant_id, moving);
  }
  return last;
}

interface Staged {
  movings: readonly StgMoving[];
  tenants: readonly StgTenant[];
  apartments: readonly StgApartment[];
  rooms: readonly StgRoom[];
}

/** int_contracts: contracts whose tenant, building and room exist. */
export function intContracts(staged: Staged, businessDate: string): IntContract[] {
  const tenants = new Map(staged.tenants.map((row) => [row.tenant_id, row]));
  const apartments = new Map(staged.apartments.map((row) => [row.apartment_id, row]));
  const rooms = new Map(staged.rooms.map((row) => [row.room_id, row]));
  const parts = staged.movings.flatMap((moving): Parts[] => {
    const tenant = tenants.get(moving.tenant_id);
    const apartment = apartments.get(moving.apartment_id);
    const room = rooms.get(moving.room_id);
    return tenant && apartment && room ? [{ moving, tenant, apartment, room }] : [];
  });
  const last = lastMoveouts(parts, businessDate);
  return parts.map((part) => intContract(part, last.get(part.moving.tenant_id) === part.moving));
}
