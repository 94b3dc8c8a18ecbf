import type { DatabaseUser } from "./grants.ts";

/** Functions besides the layers' that reach the warehouse, and as which of its users. */
export const userOfFunction = {
  sweep: "ledger",
  pulse: "ledger",
  replay: "ledger",
  console: "ledger",
  docs: "dbt",
} as const satisfies Record<string, DatabaseUser>;

/** Which user a layer's function is: the first layer is loaded, all others are dbt's. */
export function userOfLayer({ isFirst }: { isFirst: boolean }): DatabaseUser {
  return isFirst ? "loader" : "dbt";
}
