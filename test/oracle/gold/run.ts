/** What every gold row carries, and the bounds that all models share. */
export interface Run {
  /** YYYY-MM-DD */
  businessDate: string;
  runId: string;
}

/** Inclusive lower bound of event dates. */
export const MIN_VALID_DATE = "2018-01-01";

/** True for a day from the lower bound to the business date. */
export function isInRange(day: string | null, { businessDate }: Run): day is string {
  return day !== null && day >= MIN_VALID_DATE && day <= businessDate;
}

/** Lineage columns. */
export function lineage({ businessDate, runId }: Run) {
  return { business_date: businessDate, run_id: runId };
}

/** Average rounded half up to two decimals, over integers or cents; NULL over nothing. */
export function average(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const cents = values.reduce((sum, value) => sum + BigInt(Math.round(value * 100)), 0n);
  const count = BigInt(values.length);
  const doubled = 2n * cents + (cents < 0n ? -count : count);
  return Number(doubled / (2n * count)) / 100;
}
