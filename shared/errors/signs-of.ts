import { ZodError } from "zod";
import { oneLine } from "../../events/one-line.ts";

/** What an error and its causes say: the input for recognising a pattern. */
export interface Signs {
  /** `name` and `code`. */
  codes: Set<string>;
  sqlErrors: Set<number>;
  texts: string[];
  httpStatus: number | undefined;
  signal: string | undefined;
  exitCode: number | undefined;
  /** True when the AWS SDK raised the error or one of its causes. */
  isOfAws: boolean;
  /** The models or tables that failed. */
  subjects: string[];
}

/** Longest chain of causes to follow. */
const MAX_DEPTH = 8;

/** Formats in which dbt, drivers and the stock client print errors of the server. */
const SQL_ERRORS_IN_TEXT = [
  // 1054 (42S22): Unknown column; ERROR 1054 (42S22)
  /\b(\d{4}),? ?\(?[0-9A-Z]{5}\)/g,
  // (1054, "Unknown column")
  /\((\d{4}), ["']/g,
  // 2003: Can't connect to MySQL server
  /\b(20[0-6]\d): \w/g,
];

function property(error: Error, name: string): unknown {
  return name in error ? (error as Error & Record<string, unknown>)[name] : undefined; // its presence was just checked
}

/** Gathers the signs of an error and of its causes. */
export function signsOf(error: unknown): Signs {
  const signs: Signs = {
    codes: new Set(),
    sqlErrors: new Set(),
    texts: [],
    httpStatus: undefined,
    signal: undefined,
    exitCode: undefined,
    isOfAws: false,
    subjects: [],
  };
  let level: unknown[] = [error];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const errors = level.filter((one): one is Error => one instanceof Error);
    for (const one of errors) gather(one, signs);
    level = errors.flatMap((one) => [one.cause, ...(one instanceof AggregateError ? (one.errors as unknown[]) : [])]);
  }
  return signs;
}

function gather(error: Error, signs: Signs): void {
  signs.codes.add(error.name);
  // the message of a ZodError is JSON
  signs.texts.push(error instanceof ZodError ? oneLine(error) : error.message);
  const code = property(error, "code");
  if (typeof code === "string") signs.codes.add(code);
  const errno = property(error, "errno");
  // errno values of Node are negative
  if (typeof errno === "number" && errno > 0) signs.sqlErrors.add(errno);
  for (const sign of SQL_ERRORS_IN_TEXT) {
    for (const [, number] of error.message.matchAll(sign)) signs.sqlErrors.add(Number(number));
  }
  const metadata = property(error, "$metadata");
  if (typeof metadata === "object" && metadata !== null) {
    signs.isOfAws = true;
    if ("httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number") {
      signs.httpStatus ??= metadata.httpStatusCode;
    }
  }
  const signal = property(error, "signal");
  if (typeof signal === "string") signs.signal ??= signal;
  const exitCode = property(error, "exitCode");
  if (typeof exitCode === "number") signs.exitCode ??= exitCode;
  const subjects = property(error, "subjects");
  if (Array.isArray(subjects)) signs.subjects.push(...subjects.filter((name) => typeof name === "string"));
}
