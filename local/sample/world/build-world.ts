import { atLocal, type Day } from "../calendar.ts";
import { at, Random } from "../random.ts";
import { FULL_ROWS, type Scale } from "../volumes.ts";
import { buildBuildings, usableRooms } from "./build-buildings.ts";
import { buildContracts, transfer, type Occupancy } from "./build-contracts.ts";
import type { Contract, Inquiry, Tenant } from "./entities.ts";
import { eventTime, sinceLastDump } from "./event-time.ts";
import { newTenant } from "./new-tenant.ts";
import { planTenants } from "./plan-tenants.ts";
import { RoomPool } from "./room-pool.ts";
import { addContract, addTenant, repeatOf, type World } from "./world.ts";

/** Share of movings that repeat another row. */
const REPEAT_SHARE = 0.056;
/** Share of tenants at status 5 whose moving_id is not in movings yet: 21 of 236. */
const ORPHAN_SHARE = 21 / 236;

/** Row counts of the core tables for a scale. */
export function coreCounts(scale: Scale): Record<keyof typeof FULL_ROWS, number> {
  const scaled = (rows: number, least: number): number => Math.max(least, Math.round(rows * scale.core));
  return {
    apartments: scaled(FULL_ROWS.apartments, 12),
    rooms: scaled(FULL_ROWS.rooms, 120),
    tenants: scaled(FULL_ROWS.tenants, 120),
    movings: scaled(FULL_ROWS.movings, 150),
    moveouts: scaled(FULL_ROWS.moveouts, 40),
    inquiries: scaled(FULL_ROWS.inquiries, 30),
  };
}

/** Mean distance to the next tenant's id, by date of creation: the placeholder's import left large gaps. */
function idGap(daysAgo: number): number {
  return daysAgo > 159 ? 1.86 : daysAgo >= 99 ? 3.6 : 1.4;
}

/** Assigns rooms to stays in order of move-in. */
function assignRooms(occupancies: Occupancy[], world: World, random: Random): void {
  const pool = new RoomPool(world.usableRooms);
  occupancies.sort((a, b) => a.from - b.from);
  for (const { from, until, contracts } of occupancies) {
    const isStay = until > from;
    const room = isStay ? pool.take(from, until, random) : random.pick(world.usableRooms);
    for (const contract of contracts) contract.room = room;
    const [{ tenant } = at(contracts, 0)] = contracts;
    if (isStay && until > world.today && tenant.current?.room === room) {
      room.holder = tenant.current;
      room.updatedAt = Math.max(room.updatedAt, Math.min(tenant.current.createdAt, atLocal(world.today, 0) - 60));
    }
  }
}

function buildInquiries(world: World, count: number, random: Random): void {
  const settled = world.tenants.filter(({ status }) => status > 4);
  let id = 0;
  for (let index = 0; index < count; index += 1) {
    id += 1 + Math.floor(random.exponential(0.3));
    // 6 October 2018 to 2 May 2023
    const day = world.firstDay - 2_681 + Math.floor(((index + random.unit()) / count) * (2_681 - 1_011));
    const createdAt = eventTime(day, random);
    const tenant = random.chance(0.7) ? random.pick(settled) : null;
    // 105 of 719 were updated in the last year
    const updatedAt = random.chance(105 / 719)
      ? eventTime(world.today - 1 - Math.floor(random.exponential(90)), random)
      : createdAt + random.int(0, 86_400 * 60);
    const inquiry: Inquiry = { id, tenant, createdAt, updatedAt };
    world.inquiries.push(inquiry);
    if (tenant === null) continue;
    // about three tenants share an inquiry
    for (let sharers = 1 + random.count(2); sharers > 0; sharers -= 1) {
      (sharers === 1 ? tenant : random.pick(settled)).inquiryId ??= id;
    }
  }
}

/** Marks rows as updated since the last dump: without them the tables would look stale. */
function touchLately(world: World, random: Random): void {
  for (const list of [world.tenants, world.contracts, world.rooms, world.buildings, world.inquiries]) {
    for (let left = 1 + random.count(list.length * 0.0006); left > 0; left -= 1) {
      const row = random.pick<{ updatedAt: number | null }>(list);
      row.updatedAt = sinceLastDump(world.today, random);
    }
  }
}

/**
 * Builds the world of the first dump.
 *
 * @param today business date of that dump
 */
export function buildWorld({ seed, scale, today }: { seed: number; scale: Scale; today: Day }): World {
  const root = new Random(seed, "world");
  const counts = coreCounts(scale);
  const { buildings, rooms } = buildBuildings(counts, today, root.stream("buildings"));
  const world: World = {
    seed,
    scale,
    firstDay: today,
    today,
    random: root,
    buildings,
    rooms,
    usableRooms: usableRooms(rooms),
    tenants: [],
    contracts: [],
    moveouts: [],
    inquiries: [],
    firstCounts: { tenants: 0, contracts: 0 },
  };
  const random = root.stream("tenants");
  const occupancies: Occupancy[] = [];
  for (const plan of planTenants(counts.tenants, today, root.stream("plans"))) {
    const tenant = newTenant(plan.status, Math.min(eventTime(plan.createdOn, random), atLocal(today, 0) - 600), random);
    tenant.nationalityKind = plan.nationalityKind;
    if (plan.nationalityKind === "placeholder")
      Object.assign(tenant, { contractType: 1, isCorporate: false } satisfies Partial<Tenant>);
    occupancies.push(...buildContracts(tenant, plan, today, random));
    tenant.updatedAt = lastEvent(tenant, today, random);
    addTenant(world, tenant, random, idGap(today - plan.createdOn));
  }
  // the source has one master id of -1
  const odd = world.tenants.find(({ nationalityKind }) => nationalityKind === "typed");
  if (odd !== undefined) odd.nationalityKind = "negative";
  addTransfers(world, occupancies, counts.movings, root.stream("transfers"));
  assignRooms(occupancies, world, root.stream("rooms"));
  const orphans = Math.max(1, Math.round(world.tenants.filter(canBeOrphan).length * ORPHAN_SHARE));
  numberContracts(world, counts.movings + orphans, root.stream("contracts"));
  addOrphans(world, orphans, root.stream("orphans"));
  chooseMoveouts(world, counts.moveouts);
  buildInquiries(world, counts.inquiries, root.stream("inquiries"));
  touchLately(world, root.stream("touched"));
  Object.assign(world.firstCounts, { tenants: world.tenants.length, contracts: world.contracts.length });
  return world;
}

function lastEvent(tenant: Tenant, today: Day, random: Random): number {
  const events = tenant.contracts.flatMap(({ createdAt, updatedAt }) => [createdAt, updatedAt ?? createdAt]);
  const last = Math.max(tenant.createdAt, ...events);
  return Math.min(last + random.int(0, 86_400 * 20), Math.max(last, atLocal(today - 1, 64_800)));
}

/** Adds contracts of tenants who moved between rooms, up to the target number of movings. */
function addTransfers(world: World, occupancies: Occupancy[], movings: number, random: Random): void {
  const wanted = movings - Math.round(movings * REPEAT_SHARE);
  let have = occupancies.reduce((sum, { contracts }) => sum + contracts.length, 0);
  const candidates = occupancies.length;
  for (let tries = 0; have < wanted && tries < candidates * 10; tries += 1) {
    const second = transfer(at(occupancies, random.int(0, candidates - 1)), world.today, random);
    if (second === undefined) continue;
    occupancies.push(second);
    have += 1;
  }
}

/** Sorts contracts and their repeats by time of creation, and assigns their ids. */
function numberContracts(world: World, movings: number, random: Random): void {
  const contracts = world.tenants.flatMap((tenant) => tenant.contracts);
  const originals = contracts.filter(({ movein, isCancelled }) => movein !== null && isCancelled !== 1);
  const repeats: Contract[] = [];
  while (contracts.length + repeats.length < movings) {
    const original = random.pick(originals);
    const latest = atLocal(world.today, 0) - 600;
    repeats.push(repeatOf(original, Math.min(latest, original.createdAt + random.int(30, 86_400 * 5)), random));
  }
  const sorted = [...contracts, ...repeats].sort((a, b) => a.createdAt - b.createdAt);
  for (const contract of sorted) addContract(world, contract, random);
  for (const repeat of repeats) {
    const original = repeat.repeats;
    // the room may refer to the repeat instead of the original
    if (original !== null && original.room.holder === original && random.chance(0.3)) original.room.holder = repeat;
  }
  for (const contract of world.contracts) {
    if (random.chance(0.001)) contract.updatedAt = null;
  }
}

function canBeOrphan({ status, contracts }: Tenant): boolean {
  return status === 5 && contracts.length === 1;
}

/** Some tenants at status 5 refer to a contract that appears only in the next dump. */
function addOrphans(world: World, count: number, random: Random): void {
  for (const { current } of world.tenants.filter(canBeOrphan).slice(-count)) {
    if (current === null) continue;
    const position = world.contracts.indexOf(current);
    if (position < 0) continue;
    world.contracts.splice(position, 1);
    if (current.room.holder === current) current.room.holder = null;
    Object.assign(current, {
      firstDump: world.today + 1,
      createdAt: atLocal(world.today, random.int(21_000, 70_000)),
    } satisfies Partial<Contract>);
    current.updatedAt = current.createdAt;
    addContract(world, current, random);
  }
}

function chooseMoveouts(world: World, count: number): void {
  const withRow = world.contracts.filter(({ hasMoveoutRow }) => hasMoveoutRow);
  const dropped = Math.max(0, withRow.length - count);
  // the oldest were never recorded
  for (const contract of withRow.slice(0, dropped)) contract.hasMoveoutRow = false;
  world.moveouts.push(...withRow.slice(dropped));
}
