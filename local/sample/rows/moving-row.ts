import { addMonths, localText, utcText } from "../calendar.ts";
import { Random, Weighted } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import type { Contract } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import type { MovingRow } from "./core-rows.ts";
import { dirtyDate, farDate } from "./dirt.ts";

const individual = new Weighted<number | null>([
  [1, 72],
  [7, 14],
  [9, 9],
  [6, 3],
  [null, 1.2],
  [0, 0.3],
  [4, 0.2],
  [5, 0.2],
  [8, 0.1],
  [10, 0.05],
  [99, 0.03],
]);
const corporate = new Weighted<number | null>([
  [2, 40],
  [3, 58],
  [1, 1.5],
  [null, 0.5],
]);
const edgeRents = [49_999, 50_000, 69_999, 70_000, 99_999, 100_000, 149_999, 150_000, 180_000];
/** Offset of orphaned ids, larger than any growth of the tables. */
const BEYOND = 10_000_000;

function rentOf(contract: Contract, random: Random): number | null {
  const point = random.unit();
  const rent = contract.room.rent + random.int(-3, 3) * 1_000;
  if (point < 0.025) return 0;
  if (point < 0.035) return -random.int(1, 60) * 1_000;
  if (point < 0.038) return null;
  return point < 0.044 ? random.pick(edgeRents) : rent;
}

/** Inconsistent references: 0.5 % refer to a record that does not exist, 0.2 % to a building that is not the room's. */
function referencesOf(
  world: World,
  contract: Contract,
  random: Random,
): Pick<MovingRow, "tenant_id" | "apartment_id" | "room_id"> {
  const { tenant, room } = contract;
  const references = { tenant_id: tenant.id, apartment_id: room.building.id, room_id: room.id };
  const point = random.unit();
  const other = random.pick(world.buildings).id;
  if (point < 0.002) return { ...references, tenant_id: references.tenant_id + BEYOND };
  if (point < 0.0035) return { ...references, room_id: references.room_id + BEYOND };
  if (point < 0.005) return { ...references, apartment_id: references.apartment_id + BEYOND };
  return point < 0.007 ? { ...references, apartment_id: other } : references;
}

/** The row of a contract. A repeat has the same values as the original, except those that were entered again. */
export function movingRow(world: World, contract: Contract): MovingRow & Record<string, Cell> {
  const random = new Random(world.seed, `moving ${(contract.repeats ?? contract).id}`);
  const agreement = (contract.tenant.isCorporate ? corporate : individual).draw(random.stream("agreement"));
  const dates = random.stream("dates");
  const { movein } = contract;
  const isReversed = dates.chance(0.0006);
  const daysBack = dates.int(1, 9);
  const moveout =
    isReversed && movein !== null && contract.plannedMoveout !== null ? movein - daysBack : contract.plannedMoveout;
  const plans = farDate(moveout, "2302-01-28", random.stream("plans"), 0.0002);
  const lastRent = dirtyDate(contract.lastRentDay, random.stream("last rent"));
  const hasIntegrated = !random.stream("integrated").chance(0.01);
  const expiration =
    contract.months === null || movein === null
      ? null
      : addMonths(movein, contract.months) - (dates.chance(0.995) ? 1 : 2_000);
  const decided = contract.decidedAt === null ? null : localText(contract.decidedAt);
  return {
    id: contract.id,
    ...referencesOf(world, contract, random.stream("references")),
    moving_agreement_type: agreement,
    tenant_contract_type: random.chance(0.05) ? agreement : null,
    movein_decided_date: random.chance(0.003) ? "0000-00-00 00:00:00" : decided,
    movein_date: dirtyDate(movein, random.stream("movein")),
    original_movein_date: dirtyDate(contract.originalMovein, random.stream("original")),
    // almost never set
    rent_start_date: dirtyDate(random.chance(0.0005) ? movein : null, random.stream("rent start")),
    expiration_date: farDate(expiration, "2302-01-28", random.stream("expiration")),
    moveout_receipt_date: dirtyDate(contract.noticeOn, random.stream("notice")),
    moveout_date: lastRent,
    moveout_plans_date: plans,
    moveout_date_integrated: hasIntegrated ? (plans ?? lastRent) : null,
    move_renew_flag: contract.isRenewal,
    cancel_flag: contract.isCancelled,
    is_moveout: contract.isMoveout,
    rent: rentOf(contract, random.stream("rent")),
    condo_fee: contract.room.condoFee,
    administrative_fee: random.chance(0.1) ? null : random.int(0, 4) * 5_000,
    moveout_fee: random.chance(0.4) ? null : random.int(0, 6) * 5_500,
    first_month_per_rent: random.chance(0.2) ? "--" : random.chance(0.3) ? "0" : String(random.int(5, 60) * 1_000),
    created_at: random.chance(0.0005) ? null : utcText(contract.createdAt),
    updated_at: contract.updatedAt === null ? null : utcText(contract.updatedAt),
  };
}
