import type { Day, Seconds } from "../calendar.ts";
import { Weighted, type Random } from "../random.ts";
import type { Contract, Room, Tenant } from "./entities.ts";

const contractTypes = new Weighted<number | null>([
  [1, 80],
  [2, 8],
  [4, 2],
  [5, 2],
  [7, 5],
  [8, 1],
  [null, 2],
]);
const priorities = new Weighted<number | null>([
  [null, 60],
  [0, 20],
  [1, 10],
  [2, 7],
  [3, 3],
]);

/** A tenant without contracts; most flags are 0 or NULL, as in the source. */
export function newTenant(status: number, createdAt: Seconds, random: Random): Tenant {
  // 0.6 % of residents, 4.2 % of tenants under notice
  const unpaidShare = status === 14 || status === 15 ? 0.042 : 0.006;
  return {
    id: 0,
    createdAt,
    updatedAt: createdAt,
    status,
    nationalityKind: "named",
    isCorporate: random.chance(0.06),
    contractType: contractTypes.draw(random),
    affiliationStatus: random.chance(0.5) ? random.int(1, 4) : null,
    agreementType: random.chance(0.7) ? random.int(1, 3) : null,
    isTransferred: random.chance(0.5) ? 0 : null,
    isRenewalNg: random.chance(0.02) ? 1 : random.chance(0.5) ? 0 : null,
    isUnpaid: random.chance(unpaidShare) ? 1 : random.chance(0.6) ? 0 : null,
    renewalPriority: priorities.draw(random),
    reasonMoveout: null,
    firstMovein: null,
    contracts: [],
    current: null,
    underContract: null,
    inquiryId: null,
    nameRevision: 0,
  };
}

/** Initial values of a contract; all others are unset. */
interface ContractStart {
  tenant: Tenant;
  room: Room;
  movein: Day | null;
  decidedAt: Seconds | null;
  createdAt: Seconds;
}

/** Creates a contract without notice, and adds it to its tenant. */
export function newContract(start: ContractStart, random: Random): Contract {
  const contract: Contract = {
    ...start,
    id: 0,
    originalMovein: start.movein,
    noticeOn: null,
    plannedMoveout: null,
    lastRentDay: null,
    isRenewal: random.chance(0.03) ? null : 0,
    isCancelled: random.chance(0.3) ? null : 0,
    isMoveout: random.chance(0.3) ? null : 0,
    months: random.chance(0.37) ? random.pick([6, 12, 12, 12, 24]) : null,
    updatedAt: start.createdAt,
    firstDump: 0,
    hasMoveoutRow: false,
    repeats: null,
  };
  start.tenant.contracts.push(contract);
  return contract;
}
