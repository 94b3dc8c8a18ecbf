import type { PermanentError } from "../../errors/errors.ts";
import { dumpError } from "../lexer/dump-error.ts";
import type { ServerWarning } from "./load-session.ts";
import type { TablePart } from "./table-parts.ts";

/** The server's number for a key that is there already. */
export const DUPLICATE_ENTRY = 1062;

const MAX_SHOWN = 5;

/**
 * The fault of rows that the server does not take as they are: it names the statement in the dump.
 *
 * @param rowsBefore rows of the part that were in before the statement whose rows the server counts
 */
export function rowsError(
  table: string,
  part: TablePart,
  warnings: readonly ServerWarning[],
  rowsBefore: number,
  cause?: unknown,
): PermanentError {
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
  return dumpError(
    first?.code === DUPLICATE_ENTRY ? "DUMP_DUPLICATE_KEY" : "DUMP_DATA",
    {
      offset: range?.start ?? 0,
      line: range?.line,
      table,
      found: `rows that the server does not take as they are, the first is row ${row} from there: ${said.join("; ")}`,
      expected: "values that fit their columns",
      advice: "Nothing was made live. Repair the rows at the source, or the definition they don't fit.",
    },
    cause,
  );
}
