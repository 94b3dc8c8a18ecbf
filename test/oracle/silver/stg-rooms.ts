import type { RoomRow } from "../../../local/sample/rows/core-rows.ts";
import type { SourceDay } from "../source-day.ts";
import { cleanText } from "../texts.ts";

function stgRoom(row: RoomRow, businessDate: string) {
  return {
    room_id: row.id,
    apartment_id: row.apartment_id,
    room_number: cleanText(row.room_number),
    rent: row.rent,
    condo_fee: row.condo_fee,
    floor_number: row.room_floor,
    capacity: row.capacity,
    gender_type: row.gender_type,
    bed_type: row.bed_type,
    room_status: row.status,
    current_lease_id: row.moving_id,
    created_at: row.created_at,
    updated_at: row.updated_at,
    business_date: businessDate,
  };
}

export type StgRoom = ReturnType<typeof stgRoom>;

/** stg_rooms. */
export function stgRooms({ rooms, businessDate }: SourceDay): StgRoom[] {
  return rooms.map((row) => stgRoom(row, businessDate));
}
