import type { SampleFault } from "../../../local/sample/faults.ts";
import { sampleDays, type Sample, type SampleOptions } from "../../../local/sample/sample.ts";
import type { WarehouseConfig } from "../../../shared/config/warehouse-config.ts";
import { dumpOf, SourceHistory, type ArrivingDump, type CheckedDay } from "./source-history.ts";

/** Number of days in the month. */
const DAYS = 34;
/** On this day, tables are emptied that may be empty: the checks must find nothing. */
export const HARMLESS = 30;
/** Days of the month without a dump. */
const MISSING = [9, 10, 24];
/** On this day, the dump of an older day arrives under the day's name. */
export const STALE = { on: 20, from: 15 };
/** On this day, the previous day's dump arrives again. */
export const REPEATED = 33;

/** A table that has lost 30 % of its rows. */
function shrunk(table: string): (sample: Sample) => SampleFault {
  return ({ contents }) => {
    const rows = contents.find((content) => content.table.name === table)?.rows() ?? [];
    return { kind: "keepRows", table, rows: Math.floor([...rows].length * 0.7) };
  };
}

/** The faults of each day of the month; a fault lasts one day. */
const planted: Record<number, (sample: Sample) => SampleFault> = {
  12: () => ({ kind: "renameColumn", table: "rooms", column: "room_number", to: "room_no" }),
  14: shrunk("rooms"),
  17: () => ({ kind: "setCells", table: "tenants", column: "status", value: 99, everyNth: 40 }),
  18: () => ({ kind: "setCells", table: "rooms", column: "status", value: 7, everyNth: 110 }),
  22: () => ({ kind: "setCells", table: "tenants", column: "nationality", value: null }),
  26: () => ({ kind: "retypeColumn", table: "rooms", column: "rent", type: "varchar(20)" }),
  28: () => ({ kind: "dropTable", table: "payments" }),
  29: shrunk("clearings"),
  [HARMLESS]: () => ({ kind: "emptyTable", table: "m_owners" }),
  31: () => ({ kind: "setCells", table: "payments", column: "memo", value: "NULL" }),
};

/** True for a day with a planted fault. */
export function isPlanted(day: number): boolean {
  return [STALE.on, REPEATED].includes(day) || planted[day] !== undefined;
}

/**
 * Takes a month of evolved days with planted anomalies, or its first days, through loader and checks.
 * @returns results by day
 */
export async function runMonth(
  warehouse: WarehouseConfig,
  options: SampleOptions,
  count = DAYS,
): Promise<Map<number, CheckedDay>> {
  const history = await SourceHistory.open(warehouse);
  const days = new Map<number, CheckedDay>();
  // only dumps that arrive again are stored
  const kept = new Map<number, ArrivingDump>();
  try {
    let day = 0;
    for (const sample of sampleDays({ ...options, days: count })) {
      const fault = planted[day]?.(sample);
      const own = dumpOf(sample, fault === undefined ? [] : [fault]);
      if (day === STALE.from || day === REPEATED - 1) kept.set(day, own);
      const arrived = kept.get(day === STALE.on ? STALE.from : day === REPEATED ? day - 1 : -1) ?? own;
      if (!MISSING.includes(day)) days.set(day, await history.take({ ...arrived, businessDate: sample.businessDate }));
      day += 1;
    }
  } finally {
    await history.close();
  }
  return days;
}
