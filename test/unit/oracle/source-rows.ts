import type { MovingRow, TenantRow } from "../../../local/sample/rows/core-rows.ts";
import type { SourceDay } from "../../oracle/source-day.ts";

/** A tenant with only what matters in sight. */
export function tenant(row: Partial<TenantRow> & { id: number }): TenantRow {
  return {
    last_name: "佐藤",
    first_name: "愛",
    full_name: "佐藤 愛",
    full_name_kana: null,
    corporate_name: null,
    gender_type: null,
    personal_identity: null,
    birth_date: null,
    age: null,
    nationality: null,
    m_nationality_id: null,
    affiliation: null,
    affiliation_type: null,
    affiliation_status: null,
    status: 9,
    contract_type: null,
    agreement_type: null,
    media_id: null,
    reason_moveout: null,
    is_transferred: null,
    is_renewal_ng: null,
    is_paysle_unpaid: null,
    renewal_priority: null,
    moving_id: null,
    under_contract_id: null,
    inquiry_id: null,
    first_movein_date: null,
    renewal_movein_date: null,
    renewal_deadline_date: null,
    created_at: "2025-01-01 00:00:00",
    updated_at: "2025-01-01 00:00:00",
    ...row,
  };
}

/** A valid contract of tenant 1 in building 1, room 1. */
export function moving(row: Partial<MovingRow> & { id: number }): MovingRow {
  return {
    tenant_id: 1,
    apartment_id: 1,
    room_id: 1,
    moving_agreement_type: 1,
    movein_decided_date: null,
    movein_date: "2025-01-10",
    original_movein_date: "2025-01-10",
    rent_start_date: null,
    expiration_date: null,
    moveout_receipt_date: null,
    moveout_date: null,
    moveout_plans_date: null,
    moveout_date_integrated: null,
    move_renew_flag: 0,
    cancel_flag: 0,
    is_moveout: 0,
    rent: 60_000,
    condo_fee: null,
    administrative_fee: null,
    moveout_fee: null,
    created_at: "2025-01-01 00:00:00",
    updated_at: "2025-01-01 00:00:00",
    ...row,
  };
}

/** A day with one building and one room, and what is given. */
export function sourceDay(given: Partial<SourceDay> = {}): SourceDay {
  return {
    businessDate: "2026-02-07",
    apartments: [
      {
        id: 1,
        unique_number: "J0000001",
        apartment_name: "ハウス",
        apartment_name_en: null,
        apartment_name_old: null,
        prefecture: "東京都",
        municipality: null,
        address: null,
        full_address: null,
        zip_code: null,
        latitude: "35.700000",
        longitude: "139.700000",
        room_count: 1,
        vacancy_room_count: 0,
        apartment_type: null,
        building_type: null,
        status: 1,
        created_at: null,
        updated_at: null,
      },
    ],
    rooms: [
      {
        id: 1,
        apartment_id: 1,
        room_number: "101",
        rent: 60_000,
        condo_fee: null,
        room_floor: 1,
        capacity: 1,
        gender_type: null,
        bed_type: null,
        status: 1,
        moving_id: null,
        created_at: null,
        updated_at: null,
      },
    ],
    tenants: [tenant({ id: 1 })],
    movings: [],
    inquiries: [],
    nationalities: [
      { id: 1, nationality_name: "日本" },
      { id: 200, nationality_name: "レソト" },
    ],
    ...given,
  };
}
