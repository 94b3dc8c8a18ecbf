import type { Day, Seconds } from "../calendar.ts";
import type { Random } from "../random.ts";
import type { Scale } from "../volumes.ts";
import type { Building, Contract, Inquiry, Room, Tenant } from "./entities.ts";

/** The state of the source's business on one day, from which rows are derived. */
export interface World {
  readonly seed: number;
  readonly scale: Scale;
  /** Business date of the first dump. */
  readonly firstDay: Day;
  /** Business date of the current dump. */
  today: Day;
  readonly random: Random;
  readonly buildings: Building[];
  readonly rooms: Room[];
  readonly usableRooms: readonly Room[];
  /** In order of id. */
  readonly tenants: Tenant[];
  /** In order of id; some are not in the dump yet (firstDump). */
  readonly contracts: Contract[];
  /** Contracts with a row in moveouts, in order of that row's id. */
  readonly moveouts: Contract[];
  readonly inquiries: Inquiry[];
  /** Number of entries in the first dump: new ones are only appended. */
  readonly firstCounts: { tenants: number; contracts: number };
}

/** Tenants in the day's dump, in order of id. */
export function* tenantsInDump(world: World): Generator<Tenant> {
  for (const tenant of world.tenants) {
    if (tenant.isDeleted !== true) yield tenant;
  }
}

/** Contracts in the day's dump, in order of id. */
export function* contractsInDump(world: World): Generator<Contract> {
  for (const contract of world.contracts) {
    if (contract.firstDump <= world.today) yield contract;
  }
}

/** Assigns an id to a new tenant and appends it. Ids are sparse: about four per recent tenant, two per older one. */
export function addTenant(world: World, tenant: Tenant, random: Random, gap = 1.4): void {
  const last = world.tenants[world.tenants.length - 1]?.id ?? 0;
  tenant.id = last + 1 + Math.floor(random.exponential(gap - 0.5));
  world.tenants.push(tenant);
}

/** Assigns an id to a new contract and appends it. */
export function addContract(world: World, contract: Contract, random: Random): void {
  const last = world.contracts[world.contracts.length - 1]?.id ?? 0;
  contract.id = last + 1 + Math.floor(random.exponential(0.91));
  world.contracts.push(contract);
}

/** A copy of a contract's row that was entered twice: same tenant, room and dates. */
export function repeatOf(contract: Contract, createdAt: Seconds, random: Random): Contract {
  const repeat: Contract = { ...contract, id: 0, createdAt, repeats: contract, hasMoveoutRow: false };
  const updatedAt = contract.updatedAt ?? contract.createdAt;
  const kind = random.unit();
  if (kind < 0.5) repeat.updatedAt = Math.max(createdAt, updatedAt - random.int(60, 86_400 * 20));
  else if (kind < 0.7) repeat.updatedAt = updatedAt + random.int(1, 3_600);
  else if (kind < 0.75) repeat.updatedAt = null;
  else repeat.updatedAt = updatedAt;
  const validity = random.unit();
  if (validity < 0.2) repeat.isCancelled = 1;
  else if (validity < 0.3) repeat.isCancelled = null;
  if (contract.isMoveout === 1 && random.chance(0.5)) {
    // never closed
    Object.assign(repeat, { isMoveout: 0, lastRentDay: null, plannedMoveout: null } satisfies Partial<Contract>);
  }
  // some differ just enough to count as another contract
  const key = random.unit();
  if (key < 0.03) repeat.originalMovein = repeat.originalMovein === null ? repeat.movein : null;
  else if (key < 0.05) repeat.movein = null;
  else if (key < 0.07) repeat.isRenewal = repeat.isRenewal === null ? 0 : null;
  return repeat;
}
