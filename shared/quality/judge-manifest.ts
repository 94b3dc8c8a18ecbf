import { endOfDay } from "../time/business-day.ts";
import { found, passed, type CheckResult } from "./check-result.ts";
import type { QualityRules } from "./quality-rules.ts";
import type { DayProfile } from "./table-profile.ts";

/** A dump takes a quarter of an hour, and its script queries the change times before or after it. */
const TOLERANCE_MS = 3_600_000;

/** Name of the check of a table against the manifest. */
function manifestTest(table: string): string {
  return `as_in_manifest_${table}`;
}

/**
 * Compares the newest change of each loaded table with the manifest. Older content means that the dump is an older one
 * under this name, whatever date it has.
 *
 * @param claimed newest change by table, according to the manifest; tables without one are not checked
 */
export function judgeManifest(
  today: DayProfile,
  claimed: ReadonlyMap<string, Date>,
  { freshness }: Pick<QualityRules, "freshness">,
): CheckResult[] {
  const dayEnd = endOfDay(today.businessDate).getTime();
  return [...claimed].flatMap(([table, claim]) => {
    const profile = today.tables.get(table);
    // times after the day are errors of the source, which the profile ignores too
    if (profile === undefined || profile.rows === 0 || claim.getTime() >= dayEnd) return [];
    const newest = profile.newestChange;
    if (newest !== null && claim.getTime() - newest.getTime() <= TOLERANCE_MS) {
      return [passed(manifestTest(table), table)];
    }
    return [
      found(manifestTest(table), {
        model: table,
        severity: freshness.some((rule) => rule.table === table) ? "error" : "warn",
        failures: 1,
        message:
          `the newest change in ${table} is ${newest === null ? "unknown" : `of ${newest.toISOString()}`}, but the manifest says ` +
          `${claim.toISOString()}: the dump has the content of an earlier one`,
      }),
    ];
  });
}
