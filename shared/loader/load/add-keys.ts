import { errnoOf } from "../../warehouse/connection/errno-of.ts";
import type { IndexedTable } from "../index/dump-index.ts";
import { HARMLESS_WARNINGS } from "./harmless-warnings.ts";
import { isRefusal } from "./is-refusal.ts";
import type { LoadSession } from "./load-session.ts";
import { definitionError } from "./make-table.ts";
import { collationNote, DUPLICATE_ENTRY, ROWS_ADVICE } from "./rows-error.ts";

/** A key or constraint with this name exists. */
const EXISTS = new Set([1061, 1826, 1022]);

interface AddKeysOptions {
  /** How to handle an existing key: `keep` after an interrupted attempt, which may have added it. */
  existing: "refuse" | "keep";
  /** Collations that the server lacks, with the ones used instead. */
  replaced: ReadonlyMap<string, string>;
}

/**
 * Runs an ALTER TABLE that adds keys.
 *
 * @returns number of harmless warnings
 * @throws PermanentError DUMP_DUPLICATE_KEY, DUMP_DEFINITION, DUMP_DATA
 */
export async function addKeys(
  session: LoadSession,
  table: IndexedTable,
  statement: string,
  { existing, replaced }: AddKeysOptions,
): Promise<number> {
  try {
    const { warningStatus } = await session.run(statement);
    return warningStatus > 0 ? await checkWarnings(session, table) : 0;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (existing === "keep" && EXISTS.has(errnoOf(error) ?? 0)) return 0;
    const isDuplicate = errnoOf(error) === DUPLICATE_ENTRY;
    throw definitionError(table, {
      code: isDuplicate ? "DUMP_DUPLICATE_KEY" : "DUMP_DEFINITION",
      found: `keys that the server rejects: ${error.message}${isDuplicate ? collationNote(replaced) : ""}`,
      expected: "keys that fit the rows",
      advice: isDuplicate ? ROWS_ADVICE : undefined,
      cause: error,
    });
  }
}

async function checkWarnings(session: LoadSession, table: IndexedTable): Promise<number> {
  const warnings = await session.rows<{ Message: string; Code: number }>("SHOW WARNINGS");
  const warning = warnings.find(({ Code }) => !HARMLESS_WARNINGS.has(Code));
  if (warning === undefined) return warnings.length;
  const found = `a warning for its keys: ${warning.Message} (${warning.Code})`;
  throw definitionError(table, { code: "DUMP_DATA", found, expected: "none" });
}
