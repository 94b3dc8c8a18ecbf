import { recordComplete } from "./complete-tables.ts";
import type { LoadSession } from "./load-session.ts";
import type { TableLoad } from "./load-table.ts";
import { readColumns } from "./make-table.ts";
import type { TableRecord } from "./table-records.ts";

/**
 * Loads tiny tables together: the rows of all in one transaction, and the record of all in one statement. For such
 * tables, commits and statements take longer than the rows.
 *
 * @param guard runs the work for one table, and reports its failure
 * @returns the records of the tables, by name
 */
export async function loadTogether(
  session: LoadSession,
  loads: readonly TableLoad[],
  guard: (load: TableLoad, work: () => Promise<void>) => Promise<void>,
): Promise<Map<string, TableRecord>> {
  const [first] = loads;
  if (first === undefined) return new Map();
  const { target } = first;
  const tables = loads.map(({ table }) => table);
  for (const load of loads) await guard(load, () => load.create(session));
  const names = tables.map(({ name }) => name);
  const columnsOf = await readColumns(session, target.schema, names);
  await session.run("START TRANSACTION");
  for (const load of loads) await guard(load, () => load.loadRows(session, columnsOf(load.table.name)));
  await session.run("COMMIT");
  return recordComplete(session, target, tables);
}
