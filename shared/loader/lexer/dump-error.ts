import { PermanentError } from "../../errors/errors.ts";

/** A fault in a dump: its place, what was found and what was expected. */
export interface DumpFault {
  /** Bytes from the start of the plain (uncompressed) dump. */
  offset: number;
  line?: number | undefined;
  table?: string | undefined;
  found: string;
  expected: string;
  advice?: string | undefined;
}

const ADVICE = "Ask the source for a new dump. If the dump is correct, report this statement.";
/** Advice for codes whose dump is valid, but needs other options of the dump program. */
const OWN_ADVICE: Readonly<Record<string, string>> = {
  DUMP_CHARSET: "Create the dump again with --default-character-set=utf8mb4.",
  DUMP_SQL_MODE: "Create the dump again without --compatible, and with a server sql_mode without these modes.",
  DUMP_TIME_ZONE: "Create the dump again without --skip-tz-utc.",
  DUMP_EXPRESSION: "Create the dump again with mysqldump or mariadb-dump, which write literal values only.",
};

/** Creates the error for a fault of the dump, with byte offset, line, table, what was found and what was expected. */
export function dumpError(code: string, fault: DumpFault, cause?: unknown): PermanentError {
  const where = [
    `byte ${fault.offset}`,
    ...(fault.line === undefined ? [] : [`line ${fault.line}`]),
    ...(fault.table === undefined ? [] : [`table ${fault.table}`]),
  ].join(", ");
  return new PermanentError(code, `dump at ${where}: found ${fault.found}, expected ${fault.expected}`, {
    kind: "input",
    advice: fault.advice ?? OWN_ADVICE[code] ?? ADVICE,
    ...(fault.table !== undefined && { subjects: [fault.table] }),
    ...(cause !== undefined && { cause }),
  });
}
