import { atLocal, type Day } from "../calendar.ts";
import { at, type Random } from "../random.ts";
import { FULL_ROWS } from "../volumes.ts";
import { endContract } from "./build-contracts.ts";
import type { Contract, Room, Tenant } from "./entities.ts";
import { sinceLastDump } from "./event-time.ts";
import { newContract, newTenant } from "./new-tenant.ts";
import { dailyHazards } from "./statuses.ts";
import { addContract, addTenant, repeatOf, type World } from "./world.ts";

/** New tenants per day at full size. */
const NEW_TENANTS = 21;
/** Repeated rows and unsuccessful proposals per day at full size; with them a day has 40 new movings. */
const REPEATS = 2.2;
const PROPOSALS = 7;
/** Share of rows updated without a change of status. */
const TOUCHED_SHARE = 0.0012;

const hazards = dailyHazards();

/** Context of one day's changes. */
interface DayChange {
  world: World;
  random: Random;
  /** The day of the changes, which is the day before the business date. */
  eventDay: Day;
}

/**
 * Advances the world by one day: tenants change status, move, leave and arrive. Ids stay the same. The changes are
 * dated to the day before the new business date.
 */
export function advanceDay(world: World): void {
  world.today += 1;
  const random = world.random.stream(`day ${world.today - world.firstDay}`);
  const change: DayChange = { world, random, eventDay: world.today - 1 };
  const settled = world.tenants.length;
  for (let index = 0; index < settled; index += 1) changeTenant(change, at(world.tenants, index));
  welcomeNewTenants(change);
  addProposalsAndRepeats(change);
  vanishAndReturn(change);
  touchRows(change);
}

function changeTenant(change: DayChange, tenant: Tenant): void {
  const { random } = change;
  const point = random.unit();
  if (tenant.isDeleted === true) return;
  let upTo = 0;
  for (const { to, hazard } of hazards.get(tenant.status) ?? []) {
    upTo += hazard;
    if (point >= upTo) continue;
    takeTransition(change, tenant, to);
    return;
  }
  // other changes have a probability below 0.001, so the same random number can select them
  if (point > 0.9994) changeTracked(change, tenant);
}

/** Changes a tracked column other than status, or a column that is not tracked. */
function changeTracked({ world, random }: DayChange, tenant: Tenant): void {
  tenant.updatedAt = sinceLastDump(world.today, random);
  switch (random.int(0, 9)) {
    case 0:
    case 1:
    case 2:
      tenant.isUnpaid = tenant.isUnpaid === 1 ? 0 : 1;
      return;
    case 3:
      // from NULL to 0 and back: no change in the history
      tenant.isUnpaid = tenant.isUnpaid === null ? 0 : tenant.isUnpaid === 0 ? null : 1;
      return;
    case 4:
      tenant.renewalPriority = random.pick([null, 0, 1, 2, 3]);
      return;
    case 5:
      tenant.isRenewalNg = tenant.isRenewalNg === 1 ? 0 : 1;
      return;
    case 6:
      tenant.affiliationStatus = random.pick([null, 1, 2, 3, 4]);
      return;
    case 7:
      tenant.agreementType = random.pick([null, 1, 2, 3]);
      return;
    case 8:
      tenant.contractType = random.pick([null, 1, 2, 7]);
      return;
    default:
      tenant.nameRevision += 1;
  }
}

function takeTransition(change: DayChange, tenant: Tenant, to: number): void {
  const { world, random, eventDay } = change;
  const now = sinceLastDump(world.today, random);
  const from = tenant.status;
  tenant.status = to;
  tenant.updatedAt = now;
  const contract = tenant.current;
  switch (`${from}>${to}`) {
    case "4>5":
      if (contract === null) sign(change, tenant);
      else Object.assign(contract, { decidedAt: now, updatedAt: now, isCancelled: 0 } satisfies Partial<Contract>);
      return;
    case "5>9":
    case "5>7":
    case "5>6":
    case "6>7":
      if (to !== 6 && contract !== null) moveIn(contract, eventDay, now);
      if (to !== 6) tenant.firstMovein ??= contract?.movein ?? null;
      return;
    case "3>4":
      sign(change, tenant).decidedAt = null;
      return;
    case "5>8":
    case "4>8":
    case "3>8":
      if (contract !== null) cancel(contract, now);
      return;
    case "9>14":
    case "10>14":
      if (contract !== null) giveNotice(change, tenant, contract, now);
      return;
    case "14>9":
      if (contract !== null) withdrawNotice(contract, now);
      return;
    case "14>16":
    case "15>16":
    case "9>16":
      if (contract !== null) moveOut(change, tenant, contract, now);
      return;
    case "9>10":
    case "9>13":
      prepareNext(change, tenant, to === 10);
      return;
    case "10>9":
    case "13>9":
      concludeNext(change, tenant, now);
      return;
    default:
  }
}

function freeRoom({ world, random }: DayChange): Room {
  for (let tries = 0; tries < 60; tries += 1) {
    const room = random.pick(world.usableRooms);
    if (room.holder === null) return room;
  }
  return random.pick(world.usableRooms);
}

function hold(room: Room, holder: Contract | null, now: number): void {
  room.holder = holder;
  room.updatedAt = now;
}

/** A new contract of the tenant, signed on the day, with a move-in soon after. */
function sign(change: DayChange, tenant: Tenant): Contract {
  const { world, random, eventDay } = change;
  const room = freeRoom(change);
  const movein = eventDay + random.int(3, 30);
  const contract = newContract(
    { tenant, room, movein, decidedAt: tenant.updatedAt, createdAt: tenant.updatedAt },
    random,
  );
  contract.isCancelled = 0;
  contract.firstDump = world.today;
  addContract(world, contract, random);
  tenant.current = contract;
  hold(room, contract, tenant.updatedAt);
  return contract;
}

function moveIn(contract: Contract, eventDay: Day, now: number): void {
  if (contract.movein === null || contract.movein > eventDay) contract.movein = eventDay;
  contract.originalMovein ??= contract.movein;
  if (contract.isRenewal !== 1) contract.originalMovein = contract.movein;
  contract.updatedAt = now;
}

function cancel(contract: Contract, now: number): void {
  contract.isCancelled = 1;
  contract.updatedAt = now;
  if (contract.room.holder === contract) hold(contract.room, null, now);
}

function giveNotice({ world, random, eventDay }: DayChange, tenant: Tenant, contract: Contract, now: number): void {
  endContract(contract, eventDay + random.int(12, 45), eventDay, random);
  contract.noticeOn = eventDay;
  contract.updatedAt = now;
  tenant.reasonMoveout = random.int(0, 7);
  if (!world.moveouts.includes(contract)) world.moveouts.push(contract);
}

function withdrawNotice(contract: Contract, now: number): void {
  Object.assign(contract, {
    noticeOn: null,
    plannedMoveout: null,
    lastRentDay: null,
    updatedAt: now,
  } satisfies Partial<Contract>);
}

function moveOut({ world, random, eventDay }: DayChange, tenant: Tenant, contract: Contract, now: number): void {
  const noticeOn = contract.noticeOn;
  endContract(contract, eventDay, world.today, random);
  contract.noticeOn = noticeOn ?? contract.noticeOn;
  contract.plannedMoveout ??= eventDay;
  contract.updatedAt = now;
  tenant.reasonMoveout ??= random.int(0, 7);
  if (contract.room.holder?.tenant === tenant) hold(contract.room, null, now);
}

/** The next contract of a resident: a renewal in the same room, or a contract for another room. */
function prepareNext(change: DayChange, tenant: Tenant, isRenewal: boolean): void {
  const { world, random, eventDay } = change;
  const { current } = tenant;
  const room = isRenewal && current !== null ? current.room : freeRoom(change);
  const next = newContract(
    { tenant, room, movein: eventDay + random.int(5, 45), decidedAt: null, createdAt: tenant.updatedAt },
    random,
  );
  next.originalMovein = current?.originalMovein ?? next.movein;
  next.isRenewal = isRenewal ? 1 : 0;
  next.firstDump = world.today;
  addContract(world, next, random);
  tenant.underContract = next;
}

function concludeNext({ random, eventDay }: DayChange, tenant: Tenant, now: number): void {
  const next = tenant.underContract;
  if (next === null) return;
  const before = tenant.current;
  if (before !== null && before !== next) {
    if (next.isRenewal !== 1 || random.chance(0.4)) {
      Object.assign(before, { plannedMoveout: eventDay, isMoveout: 1, updatedAt: now } satisfies Partial<Contract>);
    }
    if (before.room !== next.room) {
      if (before.room.holder?.tenant === tenant) hold(before.room, null, now);
      tenant.isTransferred = 1;
    }
  }
  next.decidedAt = now;
  moveIn(next, eventDay, now);
  hold(next.room, next, now);
  tenant.current = next;
  tenant.underContract = null;
}

function welcomeNewTenants(change: DayChange): void {
  const { world, random } = change;
  for (
    let left = 1 + random.count(NEW_TENANTS * world.scale.core - Math.min(1, world.scale.core));
    left > 0;
    left -= 1
  ) {
    const point = random.unit();
    const status = point < 0.7 ? 5 : point < 0.79 ? 4 : point < 0.89 ? 3 : point < 0.94 ? 2 : 0;
    const tenant = newTenant(status, sinceLastDump(world.today, random), random);
    addTenant(world, tenant, random);
    if (status !== 5 && status !== 4) continue;
    const contract = sign(change, tenant);
    if (status === 4) contract.decidedAt = null;
    else if (random.chance(21 / 236)) {
      // the contract's row appears only in the next dump
      contract.firstDump = world.today + 1;
      if (contract.room.holder === contract) contract.room.holder = null;
    }
  }
}

function addProposalsAndRepeats(change: DayChange): void {
  const { world, random } = change;
  for (let left = random.count(PROPOSALS * world.scale.core); left > 0; left -= 1) {
    const tenant = random.pick(world.tenants);
    const kept = tenant.current;
    const keptRoom = kept?.room.holder ?? null;
    const proposal = newContract(
      {
        tenant,
        room: freeRoom(change),
        movein: change.eventDay + random.int(5, 60),
        decidedAt: null,
        createdAt: sinceLastDump(world.today, random),
      },
      random,
    );
    Object.assign(proposal, { isCancelled: 1, firstDump: world.today } satisfies Partial<Contract>);
    addContract(world, proposal, random);
    tenant.current = kept;
    if (kept !== null) kept.room.holder = keptRoom;
  }
  const recent = world.contracts.slice(-Math.max(50, Math.round(500 * world.scale.core)));
  for (let left = random.count(REPEATS * world.scale.core); left > 0; left -= 1) {
    const original = random.pick(recent);
    if (original.movein === null || original.firstDump > world.today) continue;
    const repeat = repeatOf(original, sinceLastDump(world.today, random), random);
    repeat.updatedAt = repeat.createdAt;
    repeat.firstDump = world.today;
    addContract(world, repeat, random);
  }
}

/** Deletes at least one record a day. Most are restored after two or three days. */
function vanishAndReturn({ world, random }: DayChange): void {
  for (const tenant of world.tenants) {
    if (tenant.returnsOn === undefined || tenant.returnsOn > world.today) continue;
    delete tenant.returnsOn;
    delete tenant.isDeleted;
  }
  const missing = world.tenants.filter(({ isDeleted }) => isDeleted === true).length;
  for (let left = 1 + random.count(0.5 * world.scale.core); left > 0; left -= 1) {
    const tenant = at(world.tenants, random.int(0, Math.floor(world.tenants.length * 0.9)));
    tenant.isDeleted = true;
    const mustReturn = missing > world.tenants.length * 0.003;
    if (mustReturn || random.chance(0.7)) tenant.returnsOn = world.today + random.int(1, 2);
  }
}

function touchRows({ world, random }: DayChange): void {
  const touch = (list: readonly { updatedAt: number | null }[], least: number): void => {
    for (let left = least + random.count(list.length * TOUCHED_SHARE); left > 0; left -= 1) {
      random.pick(list).updatedAt = sinceLastDump(world.today, random);
    }
  };
  touch(world.tenants, 1);
  touch(world.contracts.slice(0, world.contracts.length - 20), 1);
  touch(world.rooms, 1);
  touch(world.buildings, 1);
  touch(world.inquiries, random.chance(3 / FULL_ROWS.inquiries) ? 1 : 0);
  // simulates the nightly batch, so that the table does not look a day old
  const batch = atLocal(world.today, 18_600);
  at(world.tenants, world.tenants.length - 1).updatedAt = batch;
}
