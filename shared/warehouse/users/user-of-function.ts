import type { DatabaseUser } from "./grants.ts";

/** Functions besides the layers' that reach the warehouse, each with the user that it connects as. */
export const userOfFunction = {
  // completes publications, also those with views
  sweep: "dbt",
  pulse: "ledger",
  replay: "ledger",
  console: "ledger",
  docs: "dbt",
  review: "review",
} as const satisfies Record<string, DatabaseUser>;

/** The user that a layer's function connects as: the first layer loads the dump, dbt builds all others. */
export function userOfLayer({ isFirst }: { isFirst: boolean }): "loader" | "dbt" {
  return isFirst ? "loader" : "dbt";
}
