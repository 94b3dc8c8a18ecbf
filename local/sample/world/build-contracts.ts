import { addMonths, atLocal, type Day } from "../calendar.ts";
import type { Random } from "../random.ts";
import type { Contract, Room, Tenant } from "./entities.ts";
import { eventTime } from "./event-time.ts";
import { newContract } from "./new-tenant.ts";
import type { TenantPlan } from "./plan-tenants.ts";

/** A period in which a room is occupied, with its contracts; the room is assigned later. */
export interface Occupancy {
  from: Day;
  until: Day;
  contracts: Contract[];
}

/** Placeholder until rooms are assigned. */
const UNASSIGNED: Room = {
  id: 0,
  building: {
    id: 0,
    index: 0,
    prefecture: "",
    municipality: "",
    latitude: null,
    longitude: null,
    rooms: [],
    createdAt: 0,
    updatedAt: 0,
  },
  number: "",
  floor: 0,
  rent: 0,
  condoFee: 0,
  status: 0,
  holder: null,
  updatedAt: 0,
};

/** Later than the end of any stay. */
const OPEN = 1_000_000;
/** Probability that a contract is renewed in a new row. */
const RENEWAL_SHARE = 0.21;

function decidedAt(day: Day, random: Random): number | null {
  return random.chance(0.8) ? eventTime(day, random) : null;
}

/** Sets notice and end of a stay; old contracts were often not closed. */
export function endContract(contract: Contract, moveout: Day, today: Day, random: Random): void {
  const noticeDays = random.chance(0.003) ? -random.int(1, 10) : Math.max(0, Math.round(30 + random.normal() * 12));
  const isOld = moveout < today - 1_500;
  contract.noticeOn = random.chance(isOld ? 0.85 : 0.97) ? moveout - noticeDays : null;
  contract.plannedMoveout = random.chance(0.93) ? moveout : null;
  contract.lastRentDay = random.chance(0.45) ? moveout + (random.chance(0.5) ? 0 : random.int(-5, 15)) : null;
  contract.hasMoveoutRow = contract.noticeOn !== null;
  if (moveout < today) {
    contract.isMoveout = random.chance(isOld ? 0.2 : 0.7) ? 1 : random.chance(0.5) ? 0 : null;
    contract.updatedAt = eventTime(moveout, random);
  } else {
    contract.updatedAt = eventTime(Math.min(contract.noticeOn ?? today - 1, today - 1), random);
  }
}

/** Renewals during a stay: new rows with the same room, each from the end of the previous term. */
function renewals(first: Contract, until: Day, today: Day, random: Random): Contract[] {
  const chain = [first];
  for (let last = first; ;) {
    const start = last.movein;
    if (start === null) return chain;
    const next = addMonths(start, random.pick([6, 12, 12, 12]));
    if (next >= Math.min(until, today + 40) || !random.chance(RENEWAL_SHARE)) return chain;
    const signedOn = Math.min(next - random.int(10, 50), today - 1);
    const createdAt = eventTime(signedOn, random);
    const renewal = newContract(
      { tenant: first.tenant, room: UNASSIGNED, movein: next, decidedAt: decidedAt(signedOn, random), createdAt },
      random,
    );
    renewal.originalMovein = first.movein;
    renewal.isRenewal = 1;
    // many previous contracts were never closed
    if (random.chance(0.4)) {
      last.isMoveout = 1;
      last.plannedMoveout = next - 1;
      last.updatedAt = createdAt;
    }
    chain.push(renewal);
    last = renewal;
  }
}

/**
 * The contracts of a planned tenant: the stay, its renewals, or a cancelled proposal.
 *
 * @returns the periods for which rooms are needed; empty for a cancelled contract
 */
export function buildContracts(tenant: Tenant, plan: TenantPlan, today: Day, random: Random): Occupancy[] {
  if (plan.movein === null) return [];
  const createdOn = Math.min(plan.createdOn + random.int(0, 3), plan.movein, today - 1);
  const createdAt = Math.max(tenant.createdAt, Math.min(eventTime(createdOn, random), atLocal(today, 0) - 60));
  const first = newContract(
    { tenant, room: UNASSIGNED, movein: plan.movein, decidedAt: decidedAt(createdOn, random), createdAt },
    random,
  );
  if (first.createdAt < atLocal(today - 1_500, 0) && random.chance(0.55)) first.isCancelled = null;
  if (tenant.status === 8) {
    first.isCancelled = 1;
    first.updatedAt = Math.min(eventTime(createdOn + random.int(0, 20), random), atLocal(today, 0) - 60);
    tenant.current = random.chance(0.3) ? first : null;
    return [{ from: plan.movein, until: plan.movein, contracts: [first] }];
  }
  if (tenant.status === 4) {
    first.isCancelled = 0;
    first.decidedAt = null;
  }
  const isEnded = plan.moveout !== null && plan.moveout < today;
  const contracts = renewals(first, plan.moveout ?? OPEN, today, random);
  const last = contracts[contracts.length - 1] ?? first;
  if (plan.moveout !== null) endContract(last, plan.moveout, today, random);
  tenant.firstMovein = plan.movein < today ? plan.movein : null;
  tenant.current = last;
  if (last.movein !== null && last.movein > today && contracts.length > 1) {
    // the renewal has not started yet
    tenant.current = contracts[contracts.length - 2] ?? first;
    tenant.underContract = last;
  }
  if (isEnded || tenant.status === 14 || tenant.status === 15) {
    tenant.reasonMoveout = random.chance(0.08) ? null : random.int(0, 7);
  }
  return [{ from: plan.movein, until: isEnded ? (plan.moveout ?? OPEN) : OPEN, contracts }];
}

/**
 * Splits a stay into two rooms: the tenant moved between them.
 *
 * @returns the second occupancy, or undefined when the stay is too short
 */
export function transfer(occupancy: Occupancy, today: Day, random: Random): Occupancy | undefined {
  const [first] = occupancy.contracts;
  if (first?.movein == null || occupancy.contracts.length > 1) return undefined;
  const end = Math.min(occupancy.until, today - 1);
  if (end - first.movein < 60) return undefined;
  const { tenant } = first;
  const moved = first.movein + random.int(30, end - first.movein - 20);
  const createdAt = eventTime(moved - random.int(5, 25), random);
  const second = newContract(
    { tenant, room: UNASSIGNED, movein: moved, decidedAt: decidedAt(moved - 5, random), createdAt },
    random,
  );
  Object.assign(second, {
    originalMovein: first.movein,
    noticeOn: first.noticeOn,
    plannedMoveout: first.plannedMoveout,
    lastRentDay: first.lastRentDay,
    isMoveout: first.isMoveout,
    hasMoveoutRow: first.hasMoveoutRow,
    updatedAt: first.updatedAt,
  } satisfies Partial<Contract>);
  first.lastRentDay = null;
  endContract(first, moved - 1, today, random);
  first.isMoveout = random.chance(0.8) ? 1 : 0;
  tenant.isTransferred = 1;
  if (tenant.current === first) tenant.current = second;
  occupancy.contracts = [first];
  const until = occupancy.until;
  occupancy.until = moved - 1;
  return { from: moved, until, contracts: [second] };
}
