import type { Day } from "../calendar.ts";
import { shuffle, Weighted, type Random } from "../random.ts";
import { statusCounts } from "./statuses.ts";
import type { NationalityKind } from "./entities.ts";
import { quotas } from "./quotas.ts";

/** Days from the source's first rows to the business date: 1 January 2018 to 7 February 2026. */
export const HISTORY_DAYS = 2_959;
/** The placeholder's cohort was imported in September and October 2025: days before the business date. */
const COHORT = { from: 159, middle: 129, until: 99 };

/** Dates of a tenant's creation, move-in and move-out, from which its contracts are built. */
export interface TenantPlan {
  status: number;
  nationalityKind: NationalityKind;
  createdOn: Day;
  /** First day of the stay; null if there was none. */
  movein: Day | null;
  /** Last day of a stay that has ended, or the planned last day of a tenant under notice. */
  moveout: Day | null;
}

const stayMonths = new Weighted<readonly [number, number]>([
  [[0, 5], 15],
  [[6, 11], 30],
  [[12, 23], 35],
  [[24, 47], 17],
  [[48, 70], 3],
]);

function stayDays(random: Random): number {
  const [from, to] = stayMonths.draw(random);
  return Math.round(random.int(from, to) * 30.4) + random.int(1, 30);
}

/** A stay that ended recently: the move-out is drawn first. */
function leftOn(moveout: Day, today: Day, random: Random): { movein: Day; moveout: Day; createdOn: Day } {
  const movein = Math.max(today - HISTORY_DAYS + 5, moveout - stayDays(random));
  return {
    movein,
    moveout: Math.max(moveout, movein + 1),
    createdOn: Math.max(today - HISTORY_DAYS, movein - random.int(5, 35)),
  };
}

function movedOut(today: Day, random: Random): Omit<TenantPlan, "status" | "nationalityKind"> {
  const createdOn = today - 250 - Math.floor((HISTORY_DAYS - 250) * random.unit() ** 0.7);
  const movein = createdOn + random.int(5, 35);
  const planned = movein + stayDays(random);
  const latest = today - 10;
  return {
    createdOn,
    movein,
    moveout: planned <= latest ? planned : movein + random.int(1, Math.max(1, latest - movein)),
  };
}

function resident(today: Day, meanDays: number, random: Random): { createdOn: Day; movein: Day } {
  const movein = Math.max(today - HISTORY_DAYS + 20, today - 1 - Math.floor(random.exponential(meanDays)));
  return { movein, createdOn: movein - random.int(5, 20) };
}

function planOf(status: number, today: Day, random: Random): Omit<TenantPlan, "status" | "nationalityKind"> {
  switch (status) {
    case 17:
      return movedOut(today, random);
    case 16:
      return leftOn(today - 2 - Math.floor(random.exponential(120)), today, random);
    case 9:
    case 11:
    case 12:
    case 13:
      return { ...resident(today, 500, random), moveout: null };
    case 10: {
      const movein = today - 340 - 365 * random.int(0, 1) + random.int(0, 20);
      return { movein, createdOn: movein - random.int(5, 35), moveout: null };
    }
    case 14:
    case 15: {
      const stay = resident(today - 40, 420, random);
      return { ...stay, moveout: today + (status === 15 ? random.int(0, 10) : random.int(0, 40)) };
    }
    case 7:
      return { createdOn: today - random.int(12, 30), movein: today - random.int(1, 7), moveout: null };
    case 5:
    case 6:
      return { createdOn: today - 1 - random.int(0, 24), movein: today + random.int(0, 30), moveout: null };
    case 4:
      return { createdOn: today - 1 - random.int(0, 10), movein: today + random.int(5, 40), moveout: null };
    case 8: {
      const createdOn = today - 3 - Math.floor((HISTORY_DAYS - 3) * random.unit());
      return { createdOn, movein: random.chance(0.7) ? createdOn + random.int(5, 40) : null, moveout: null };
    }
    default:
      return { createdOn: today - 1 - random.int(0, 14), movein: null, moveout: null };
  }
}

function cohortPlan(status: number, today: Day, random: Random): TenantPlan {
  // 531 in the first month, 152 in the second
  const daysAgo = random.chance(531 / 683)
    ? random.int(COHORT.middle + 1, COHORT.from)
    : random.int(COHORT.until, COHORT.middle);
  const createdOn = today - daysAgo;
  const movein = createdOn + random.int(1, 20);
  const moveout = status === 9 ? null : movein + random.int(10, 60);
  return { status, nationalityKind: "placeholder", createdOn, movein, moveout };
}

/**
 * Plans all tenants up to the business date: exact numbers for each status, then a stay that
 * leads to the status.
 */
export function planTenants(count: number, today: Day, random: Random): TenantPlan[] {
  const byStatus = quotas(count, statusCounts, 2);
  const plans: TenantPlan[] = [];
  const take = (status: number, wanted: number): number => {
    const left = byStatus.get(status) ?? 0;
    byStatus.set(status, Math.max(0, left - wanted));
    return Math.min(left, wanted);
  };
  const share = (size: number): number => Math.round((count * size) / 48_004);
  for (const [status, size] of [
    [9, 563],
    [16, 92],
    [17, 28],
  ] as const) {
    for (let left = take(status, share(size)); left > 0; left -= 1) plans.push(cohortPlan(status, today, random));
  }
  const kinds = new Map<number, NationalityKind[]>();
  for (const [status, missing] of [
    [17, 581],
    [8, 486],
    [9, 132],
  ] as const) {
    kinds.set(status, new Array<NationalityKind>(share(missing)).fill("missing"));
  }
  kinds.get(17)?.push(...new Array<NationalityKind>(Math.max(4, share(50))).fill("typed"));
  for (const [status, left] of byStatus) {
    const special = kinds.get(status) ?? [];
    for (let index = 0; index < left; index += 1) {
      const nationalityKind = special[index] ?? "named";
      const plan = { status, nationalityKind, ...planOf(status, today, random) };
      // tenants without a nationality were created between 2018 and 2023
      const shift = nationalityKind === "missing" ? Math.max(0, plan.createdOn - (today - 800)) : 0;
      plans.push(shift === 0 ? plan : shifted(plan, -(shift + random.int(0, 1_200))));
    }
  }
  return shuffle(plans, random).sort((a, b) => a.createdOn - b.createdOn);
}

function shifted(plan: TenantPlan, days: number): TenantPlan {
  return {
    ...plan,
    createdOn: plan.createdOn + days,
    movein: plan.movein === null ? null : plan.movein + days,
    moveout: plan.moveout === null ? null : plan.moveout + days,
  };
}
