import { quoteTable } from "../../warehouse/tables/identifier.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableRecords } from "./table-records.ts";

/**
 * Drops tables of `next` that are not used, and the records of missing tables; returns the tables that are left.
 *
 * @param present names of the tables in `next`
 */
export async function dropLeftovers(
  session: LoadSession,
  { next, records }: { next: string; records: TableRecords },
  { present, used }: { present: readonly string[]; used: ReadonlySet<string> },
): Promise<Set<string>> {
  const left = new Set<string>();
  for (const name of present) {
    if (used.has(name)) left.add(name);
    else await session.run(`DROP TABLE ${quoteTable(next, name)}`);
  }
  const recorded = await records.names(session);
  await records.forget(
    session,
    recorded.filter((name) => !left.has(name)),
  );
  return left;
}
