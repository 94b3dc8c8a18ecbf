import type { SeparateSchemas } from "../../shared/dbt/separate-build.ts";
import { ok, warning, type Check } from "./check.ts";
import type { CommandFor } from "./doctor-ports.ts";

const DAY_MS = 86_400_000;
/** A developer's schemas without a new table for so many days are forgotten. */
const FORGOTTEN_DAYS = 7;

/** Names developers whose schemas nobody has built in for a week, or that have no tables. */
export function checkDeveloperSchemas(
  found: readonly SeparateSchemas[],
  { now, command }: { now: Date; command: CommandFor },
): Check {
  const name = "developer schemas";
  const text = found.map(({ owner, schemas, builtAt }) => {
    const days = builtAt === undefined ? undefined : Math.floor((now.getTime() - builtAt.getTime()) / DAY_MS);
    const age = days === undefined ? "no tables" : days === 0 ? "built today" : `built ${days} d ago`;
    return `${owner}: ${schemas.join(", ")} (${age})`;
  });
  const forgotten = found.filter(
    ({ inUse, builtAt }) => !inUse && now.getTime() - (builtAt?.getTime() ?? 0) >= FORGOTTEN_DAYS * DAY_MS,
  );
  if (forgotten.length === 0) return ok(name, text.length === 0 ? "none" : text.join("; "));
  const fix = `Ask the developer, then: ${command(`dbt clean ${forgotten[0]?.owner ?? ""}`)}`;
  return warning(name, text.join("; "), fix);
}

/** Names schemas of reviews that were killed. */
export function checkReviewSchemas(found: readonly SeparateSchemas[], { command }: { command: CommandFor }): Check {
  const name = "review schemas";
  const orphans = found.filter(({ inUse }) => !inUse).flatMap(({ schemas }) => schemas);
  if (orphans.length > 0) {
    return warning(name, `${orphans.join(", ")}: of a review that was killed`, `The next review drops them: ${command("review")}`); // prettier-ignore
  }
  return ok(name, found.length === 0 ? "none" : `of a review that runs: ${found.flatMap(({ schemas }) => schemas).join(", ")}`); // prettier-ignore
}
