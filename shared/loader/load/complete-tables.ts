import { PermanentError } from "../../errors/errors.ts";
import type { IndexedTable } from "../index/dump-index.ts";
import type { LoadSession } from "./load-session.ts";
import type { LoadTarget } from "./load-target.ts";
import type { TableRecord } from "./table-records.ts";
import { readSignatures } from "./table-signature.ts";

/** @throws PermanentError LOAD_ROW_COUNT when the dump has another number of rows */
export function checkRows({ name, rows }: IndexedTable, loaded: number): void {
  if (loaded === rows) return;
  throw new PermanentError("LOAD_ROW_COUNT", `${name}: the server has ${loaded} rows, the dump has ${rows}`, {
    kind: "data",
    advice: "Live tables did not change. Run again with --no-skip. If it happens again, report it.",
  });
}

/** Records loaded tables as complete; returns their records by name. */
export async function recordComplete(
  session: LoadSession,
  { schema, records }: Pick<LoadTarget, "schema" | "records">,
  tables: readonly IndexedTable[],
): Promise<Map<string, TableRecord>> {
  const names = tables.map(({ name }) => name);
  const signatures = await readSignatures(session, schema, names);
  const complete = tables.map(({ name, contentHash, rows, bytes }) => {
    const record = { contentHash, rows, bytes, signature: signatures.get(name) ?? "" };
    return [name, record] as const;
  });
  await records.markComplete(session, complete);
  return new Map(complete);
}
