import type { PermanentError } from "../../errors/errors.ts";
import { dumpError } from "../lexer/dump-error.ts";
import type { ServerWarning } from "./load-session.ts";
import type { TablePart } from "./table-parts.ts";

/** The server's number for a duplicate key. */
export const DUPLICATE_ENTRY = 1062;

const MAX_SHOWN = 5;

interface RefusedRows {
  table: string;
  part: TablePart;
  /** The server's warnings for the rows; not empty. */
  warnings: readonly ServerWarning[];
  /** Number of the part's rows accepted before the statement that the warnings' row numbers refer to. */
  rowsBefore?: number;
  /** Collations that the server lacks, with the ones used instead. */
  replaced: ReadonlyMap<string, string>;
  cause?: unknown;
}

/** Creates the error for rows that the server rejects or would change, with the place of the statement in the dump. */
export function rowsError({ table, part, warnings, rowsBefore = 0, replaced, cause }: RefusedRows): PermanentError {
  const [first] = warnings;
  const counted = Number(/ at row (\d+)/.exec(first?.message ?? "")?.[1] ?? 1);
  let row = rowsBefore + counted;
  const [begin] = part.ranges;
  let range = begin;
  for (const next of part.ranges) {
    range = next;
    if (row <= next.rows) break;
    row -= next.rows;
  }
  const said = warnings
    .slice(0, MAX_SHOWN)
    .map(({ code, message }) => `${message.replace(/ at row \d+/, "")} (${code})`);
  const isDuplicate = first?.code === DUPLICATE_ENTRY;
  return dumpError(
    isDuplicate ? "DUMP_DUPLICATE_KEY" : "DUMP_DATA",
    {
      offset: range?.start ?? 0,
      line: range?.line,
      table,
      found: `rows that the server rejects or would change, the first is row ${row} from there: ${said.join("; ")}${isDuplicate ? collationNote(replaced) : ""}`,
      expected: "values that fit their columns",
      advice: ROWS_ADVICE,
    },
    cause,
  );
}

export const ROWS_ADVICE =
  "Live tables did not change. Correct the rows at the source, or the definition that they violate.";

/** Names the replaced collations, in which different values may be equal. */
export function collationNote(replaced: ReadonlyMap<string, string>): string {
  const pairs = [...replaced].map(([missing, used]) => `${used} in place of ${missing}, which it lacks`);
  return pairs.length === 0 ? "" : `; the server uses ${pairs.join(", ")}: values that differ there may be equal here`;
}
