import { PermanentError } from "../../errors/errors.ts";
import { errnoOf } from "../../warehouse/connection/errno-of.ts";
import { loadDataStatement } from "./column-plan.ts";
import { HARMLESS_WARNINGS } from "./harmless-warnings.ts";
import { insertPart, InsertRefused } from "./insert-part.ts";
import { isRefusal } from "./is-refusal.ts";
import type { LoadResult, LoadSession } from "./load-session.ts";
import type { LoadTarget } from "./load-target.ts";
import { fieldRows } from "./row-stream.ts";
import { rowsError } from "./rows-error.ts";
import type { PlannedPart } from "./table-parts.ts";

interface SendPartOptions {
  table: string;
  part: PlannedPart;
  target: LoadTarget;
  /** Collations that the server lacks, with the ones used instead. */
  replaced: ReadonlyMap<string, string>;
}

/**
 * Sends the rows of a part to the server, by LOAD DATA where it reads every value correctly.
 *
 * @throws PermanentError DUMP_DATA, DUMP_DUPLICATE_KEY when the server rejects or would change a value; LOAD_ROW_COUNT
 */
export async function sendPart(session: LoadSession, options: SendPartOptions): Promise<LoadResult> {
  const { table, part, target } = options;
  const { server, source, schema, signal, onBytes } = target;
  const { plan, ranges, separator } = part;
  const streamed = { source, dialect: server.dialect, ranges, plan, separator, signal };
  await session.useTimeZone(part.shape.session.timeZone);
  const useInsert = plan.method === "insert" || !server.allowsLocalInfile;
  const loading = useInsert
    ? insertPart(session, { ...streamed, schema, table, server, onBytes })
    : session.loadData(
        loadDataStatement(schema, table, plan, separator),
        counted(fieldRows(streamed), onBytes),
        signal,
      );
  const result = await loading.catch((error: unknown) => refuseRows(options, error));
  checkResult(options, result);
  return result;
}

/** Converts a rejection by the server to an error of the dump; rethrows all other errors unchanged. */
function refuseRows({ table, part, replaced }: SendPartOptions, error: unknown): never {
  const cause = error instanceof InsertRefused ? error.cause : error;
  if (!isRefusal(cause)) throw cause;
  const warnings = [{ level: "Error", code: errnoOf(cause) ?? 0, message: cause.message }];
  const rowsBefore = error instanceof InsertRefused ? error.rowsBefore : 0;
  throw rowsError({ table, part, warnings, rowsBefore, replaced, cause });
}

function checkResult({ table, part, replaced }: SendPartOptions, { rows, warnings, warningCount }: LoadResult): void {
  const serious = warnings.filter(({ code }) => !HARMLESS_WARNINGS.has(code));
  // when there are very many warnings, the server shows only the first ones
  const isUnseen = warningCount > warnings.length;
  if (serious.length > 0 || isUnseen)
    throw rowsError({ table, part, replaced, warnings: serious.length > 0 ? serious : warnings });
  if (rows === part.rows) return;
  throw new PermanentError("LOAD_ROW_COUNT", `${table}: the server accepted ${rows} of ${part.rows} rows`, {
    kind: "data",
    advice: "Live tables did not change. Run again with --verify and report the result.",
  });
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}
