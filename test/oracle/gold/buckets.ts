/** Upper edge (excluded) and name of a bucket, in order; the last has no edge. */
type Buckets = readonly (readonly [number, string])[];

const rents: Buckets = [
  [50_000, "Under 50K"],
  [70_000, "50K-70K"],
  [100_000, "70K-100K"],
  [150_000, "100K-150K"],
  [Infinity, "150K+"],
];
const ages: Buckets = [
  [25, "Under 25"],
  [35, "25-34"],
  [45, "35-44"],
  [55, "45-54"],
  [Infinity, "55+"],
];
const tenures: Buckets = [
  [6, "Short (<6mo)"],
  [12, "Medium (6-12mo)"],
  [24, "Long (1-2yr)"],
  [Infinity, "Very Long (2yr+)"],
];

function bucket(buckets: Buckets, value: number | null): string {
  return value === null ? "Unknown" : (buckets.find(([edge]) => value < edge)?.[1] ?? "Unknown");
}

/** Rent bucket with its order; no rent, or one of 0 or less, is Unknown. */
export function rentRange(rent: number | null): { range: string; order: number } {
  const range = rent === null || rent <= 0 ? "Unknown" : bucket(rents, rent);
  return { range, order: range === "Unknown" ? 6 : rents.findIndex(([, name]) => name === range) + 1 };
}

export function ageGroup(age: number | null): string {
  return bucket(ages, age);
}

export function tenureCategory(months: number | null): string {
  return bucket(tenures, months);
}
