import type { IntContract } from "../silver/int-contracts.ts";
import { ageGroup, rentRange, tenureCategory } from "./buckets.ts";
import { completedMoveouts, moveouts, type Moveout } from "./moveouts.ts";
import { average, lineage, type Run } from "./run.ts";

/** moveout_analysis: the rows of moveouts with their buckets. */
export function moveoutAnalysis(contracts: readonly IntContract[], run: Run) {
  const industries = new Map(
    completedMoveouts(contracts, run).map(({ contract }) => [contract.contract_id, contract.affiliation_type_en]),
  );
  return moveouts(contracts, run).map((row) => analysed(row, industries.get(row.contract_id) ?? null));
}

function analysed(row: Moveout, industry: string | null) {
  const { range, order } = rentRange(row.monthly_rent);
  return {
    ...row,
    rent_range: range,
    rent_range_order: order,
    age_group: ageGroup(row.age),
    occupation_industry: industry,
    tenure_category: tenureCategory(row.total_stay_months),
  };
}

export type MoveoutAnalysis = ReturnType<typeof analysed>;

function summarised(rows: readonly MoveoutAnalysis[], first: MoveoutAnalysis, run: Run) {
  const count = (holds: (row: MoveoutAnalysis) => boolean): number => rows.filter(holds).length;
  const rents = rows.flatMap(({ monthly_rent: rent }) => (rent !== null && rent > 0 ? [rent] : []));
  const reasons = new Set(rows.flatMap(({ moveout_reason_en }) => moveout_reason_en ?? []));
  return {
    moveout_date: first.moveout_date,
    moveout_year_month: first.moveout_date.slice(0, 7),
    rent_range: first.rent_range,
    rent_range_order: first.rent_range_order,
    prefecture: first.prefecture ?? "Unknown",
    tenant_type: first.tenant_type,
    moveout_count: rows.length,
    avg_monthly_rent: average(rents),
    min_monthly_rent: rents.length === 0 ? null : Math.min(...rents),
    max_monthly_rent: rents.length === 0 ? null : Math.max(...rents),
    avg_tenure_months: average(rows.flatMap(({ total_stay_months }) => total_stay_months ?? [])),
    avg_tenure_days: average(rows.flatMap(({ total_stay_days }) => total_stay_days ?? [])),
    gender_male_count: count(({ gender }) => gender === "Male"),
    gender_female_count: count(({ gender }) => gender === "Female"),
    gender_other_count: count(({ gender }) => gender !== "Male" && gender !== "Female"),
    age_under_25_count: count(({ age_group }) => age_group === "Under 25"),
    age_25_34_count: count(({ age_group }) => age_group === "25-34"),
    age_35_44_count: count(({ age_group }) => age_group === "35-44"),
    age_45_54_count: count(({ age_group }) => age_group === "45-54"),
    age_55_plus_count: count(({ age_group }) => age_group === "55+"),
    age_unknown_count: count(({ age_group }) => age_group === "Unknown"),
    tenure_short_count: count(({ tenure_category }) => tenure_category.startsWith("Short")),
    tenure_medium_count: count(({ tenure_category }) => tenure_category.startsWith("Medium")),
    tenure_long_count: count(({ tenure_category }) => tenure_category.startsWith("Long")),
    tenure_very_long_count: count(({ tenure_category }) => tenure_category.startsWith("Very Long")),
    tenure_unknown_count: count(({ tenure_category }) => tenure_category === "Unknown"),
    renewal_yes_count: count(({ renewal_flag }) => renewal_flag === "Yes"),
    renewal_no_count: count(({ renewal_flag }) => renewal_flag === "No"),
    renewal_unknown_count: count(({ renewal_flag }) => renewal_flag === null),
    distinct_moveout_reasons: reasons.size,
    ...lineage(run),
  };
}

/** moveout_summary: by day, rent range, prefecture and tenant type. */
export function moveoutSummary(rows: readonly MoveoutAnalysis[], run: Run) {
  const groups = Map.groupBy(rows, (row) =>
    JSON.stringify([row.moveout_date, row.rent_range, row.prefecture ?? "Unknown", row.tenant_type]),
  );
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [summarised(group, group[0], run)]));
}
