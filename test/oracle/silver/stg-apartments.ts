import type { ApartmentRow } from "../../../local/sample/rows/core-rows.ts";
import { cleanText } from "../texts.ts";
import type { SourceDay } from "../source-day.ts";

/** Accepted coordinates, edges included. */
function inBounds(latitude: number | null, longitude: number | null): boolean {
  return (
    latitude !== null &&
    longitude !== null &&
    latitude >= 35 &&
    latitude <= 36 &&
    longitude >= 139 &&
    longitude <= 140.5
  );
}

function stgApartment(row: ApartmentRow, businessDate: string) {
  const latitude = row.latitude === null ? null : Number(row.latitude);
  const longitude = row.longitude === null ? null : Number(row.longitude);
  const isLocated = inBounds(latitude, longitude);
  return {
    apartment_id: row.id,
    asset_id_hj: cleanText(row.unique_number),
    apartment_name: cleanText(row.apartment_name),
    apartment_name_en: cleanText(row.apartment_name_en),
    apartment_name_old: cleanText(row.apartment_name_old),
    prefecture: cleanText(row.prefecture),
    municipality: cleanText(row.municipality),
    address: cleanText(row.address),
    full_address: cleanText(row.full_address),
    zip_code: cleanText(row.zip_code),
    latitude: isLocated ? latitude : null,
    longitude: isLocated ? longitude : null,
    room_count: row.room_count,
    vacancy_room_count: row.vacancy_room_count,
    apartment_type: row.apartment_type,
    building_type: row.building_type,
    property_status: row.status,
    created_at: row.created_at,
    updated_at: row.updated_at,
    business_date: businessDate,
  };
}

export type StgApartment = ReturnType<typeof stgApartment>;

/** stg_apartments. */
export function stgApartments({ apartments, businessDate }: SourceDay): StgApartment[] {
  return apartments.map((row) => stgApartment(row, businessDate));
}
