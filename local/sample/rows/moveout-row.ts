import { dayText, utcText } from "../calendar.ts";
import { Random } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import type { Contract } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import { dirtyDate } from "./dirt.ts";

/** The row of a move-out procedure, by its index in the table. */
export function moveoutRow(world: World, contract: Contract, index: number): Record<string, Cell> {
  const random = new Random(world.seed, `moveout ${contract.id}`);
  const notice = contract.noticeOn ?? contract.plannedMoveout ?? world.firstDay;
  const instant = contract.updatedAt ?? contract.createdAt;
  return {
    id: 1 + Math.floor(index * 1.3),
    moving_id: contract.id,
    tenant_id: contract.tenant.id,
    apartment_id: contract.room.building.id,
    room_id: contract.room.id,
    receipt_date: dayText(notice),
    plans_date: dirtyDate(contract.plannedMoveout, random),
    inspection_date: dirtyDate(contract.plannedMoveout, random),
    reason: contract.tenant.reasonMoveout,
    created_at: utcText(instant - random.int(0, 3_600)),
    updated_at: utcText(instant),
  };
}
