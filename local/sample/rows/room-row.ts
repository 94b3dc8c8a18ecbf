import { utcText } from "../calendar.ts";
import { Random } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import type { Room } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import type { RoomRow } from "./core-rows.ts";
import { dirtyText, farDate } from "./dirt.ts";

/** The row of a room. */
export function roomRow(world: World, room: Room): RoomRow & Record<string, Cell> {
  const random = new Random(world.seed, `room ${room.id}`);
  return {
    id: room.id,
    apartment_id: room.building.id,
    room_number: dirtyText(room.number, random, 0.003),
    rent: random.chance(0.005) ? null : room.rent,
    condo_fee: random.chance(0.005) ? null : room.condoFee,
    room_floor: random.chance(0.02) ? null : room.floor,
    capacity: random.chance(0.03) ? null : random.chance(0.9) ? 1 : 2,
    gender_type: random.chance(0.1) ? null : random.int(0, 3),
    bed_type: random.chance(0.1) ? null : random.int(1, 5),
    status: room.status,
    moving_id: room.holder?.id ?? null,
    prohibition_date: farDate(
      random.chance(0.02) ? world.firstDay - random.int(1, 900) : null,
      "2030-12-31",
      random,
      0.002,
    ),
    release_date: farDate(random.chance(0.02) ? world.firstDay + random.int(1, 90) : null, "2030-12-31", random, 0.002),
    created_at: utcText(room.building.createdAt + 60),
    updated_at: utcText(room.updatedAt),
  };
}
