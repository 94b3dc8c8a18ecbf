import { BatonError, TransientError, type RecordedError } from "./errors.ts";
import { errorPatterns, unknownPattern, type ErrorPattern } from "./patterns.ts";
import { withoutValues } from "./without-values.ts";

/** How dbt and the drivers print a server's error: `1054 (42S22): Unknown column ...`. */
const SQL_ERROR_IN_TEXT = /\b(\d{4}),? ?\(?[0-9A-Z]{5}\)/;

/** What there is to recognise an error by. */
interface Signs {
  codes: Set<string>;
  sqlErrors: Set<number>;
  texts: string[];
  subjects: string[];
}

/** Collects the signs of an error and of its causes. */
function signsOf(error: unknown): Signs {
  const texts: string[] = [];
  const codes = new Set<string>();
  const sqlErrors = new Set<number>();
  const subjects: string[] = [];
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 8; depth += 1) {
    codes.add(current.name);
    texts.push(current.message);
    if ("code" in current && typeof current.code === "string") codes.add(current.code);
    if ("errno" in current && typeof current.errno === "number" && current.errno > 0) sqlErrors.add(current.errno);
    const inText = SQL_ERROR_IN_TEXT.exec(current.message)?.[1];
    if (inText !== undefined) sqlErrors.add(Number(inText));
    if ("subjects" in current && Array.isArray(current.subjects)) {
      subjects.push(...current.subjects.filter((name): name is string => typeof name === "string"));
    }
    current = current.cause;
  }
  return { codes, sqlErrors, texts, subjects };
}

/** Finds the pattern of an error that Baton did not raise itself. */
export function patternOf(error: unknown): ErrorPattern {
  const { codes, sqlErrors, texts } = signsOf(error);
  return (
    errorPatterns.find(
      (pattern) =>
        pattern.codes?.some((code) => codes.has(code)) === true ||
        pattern.sqlErrors?.some((number) => sqlErrors.has(number)) === true,
    ) ??
    errorPatterns.find((pattern) => pattern.texts?.some((sign) => texts.some((text) => sign.test(text)))) ??
    unknownPattern
  );
}

/** What follows from an error. */
export interface Verdict {
  pattern: string;
  error: RecordedError;
  /** Wait before the next attempt; undefined: the layer's own interval. Meaningless when not retriable. */
  retryAfterSeconds: number | undefined;
  /** The models or tables that failed. */
  subjects: string[];
  /** Number of the server's error, where one says what happened. */
  databaseError: number | undefined;
}

/**
 * Judges an error: permanent or not, when to try again, what to tell a person.
 *
 * @param random a number in [0, 1) that spreads the delay
 */
export function judge(error: unknown, random: () => number = Math.random): Verdict {
  const { subjects, sqlErrors } = signsOf(error);
  const about = { subjects, databaseError: [...sqlErrors][0] };
  if (error instanceof BatonError) {
    return {
      ...about,
      pattern: error.code,
      error: {
        kind: error.kind,
        code: error.code,
        message: withoutValues(error.message),
        retriable: error.retriable,
        ...(error.advice !== undefined && { advice: error.advice }),
      },
      retryAfterSeconds: error instanceof TransientError ? error.retryAfterSeconds : undefined,
    };
  }
  const pattern = patternOf(error);
  const [shortest, longest] = pattern.delaySeconds ?? [];
  return {
    ...about,
    pattern: pattern.name,
    error: {
      kind: pattern.kind,
      code: codeOf(error),
      message: withoutValues(error instanceof Error ? error.message : String(error)),
      retriable: pattern.isRetriable,
      advice: pattern.advice,
    },
    retryAfterSeconds:
      shortest === undefined || longest === undefined ? undefined : shortest + random() * (longest - shortest),
  };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "" ? "UNKNOWN" : error.name;
}
