/**
 * Rows of the core tables as they are in a dump, including dirty values: the columns that models or checks read.
 * Dates are `YYYY-MM-DD` (zero dates too), DATETIME is time in the source's time zone, TIMESTAMP is UTC, both
 * `YYYY-MM-DD HH:MM:SS`; money is whole yen; degrees are the text of the DECIMAL.
 */
export interface ApartmentRow {
  id: number;
  unique_number: string | null;
  apartment_name: string;
  apartment_name_en: string | null;
  apartment_name_old: string | null;
  prefecture: string;
  municipality: string | null;
  address: string | null;
  full_address: string | null;
  zip_code: string | null;
  latitude: string | null;
  longitude: string | null;
  room_count: number;
  vacancy_room_count: number;
  apartment_type: number | null;
  building_type: number | null;
  status: number | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface RoomRow {
  id: number;
  apartment_id: number;
  room_number: string | null;
  rent: number | null;
  condo_fee: number | null;
  room_floor: number | null;
  capacity: number | null;
  gender_type: number | null;
  bed_type: number | null;
  status: number | null;
  moving_id: number | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface TenantRow {
  id: number;
  last_name: string | null;
  first_name: string | null;
  full_name: string | null;
  full_name_kana: string | null;
  corporate_name: string | null;
  gender_type: number | null;
  personal_identity: string | null;
  birth_date: string | null;
  age: number | null;
  nationality: string | null;
  m_nationality_id: number | null;
  affiliation: string | null;
  affiliation_type: number | null;
  affiliation_status: number | null;
  status: number | null;
  contract_type: number | null;
  agreement_type: number | null;
  media_id: number | null;
  reason_moveout: number | null;
  is_transferred: number | null;
  is_renewal_ng: number | null;
  is_paysle_unpaid: number | null;
  renewal_priority: number | null;
  moving_id: number | null;
  under_contract_id: number | null;
  inquiry_id: number | null;
  first_movein_date: string | null;
  renewal_movein_date: string | null;
  renewal_deadline_date: string | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface MovingRow {
  id: number;
  tenant_id: number;
  apartment_id: number;
  room_id: number;
  moving_agreement_type: number | null;
  movein_decided_date: string | null;
  movein_date: string | null;
  original_movein_date: string | null;
  rent_start_date: string | null;
  expiration_date: string | null;
  moveout_receipt_date: string | null;
  moveout_date: string | null;
  moveout_plans_date: string | null;
  moveout_date_integrated: string | null;
  move_renew_flag: number | null;
  cancel_flag: number | null;
  is_moveout: number | null;
  rent: number | null;
  condo_fee: number | null;
  administrative_fee: number | null;
  moveout_fee: number | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface InquiryRow {
  id: number;
  tenant_id: number | null;
  inquiry_date: string | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface NationalityRow {
  id: number;
  nationality_name: string | null;
}
