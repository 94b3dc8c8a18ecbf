import { adviceOf } from "./error-codes.ts";
import { BatonError, TransientError, type RecordedError } from "./errors.ts";
import { patternOf } from "./pattern-of.ts";
import { signsOf } from "./signs-of.ts";
import { withoutValues } from "./without-values.ts";

/** What Baton does about an error. */
export interface Verdict {
  /** Name of the error pattern; the code, for errors that Baton raised. */
  pattern: string;
  error: RecordedError;
  /** Wait before the next attempt; undefined: the layer's retry interval. Meaningless when not retriable. */
  retryAfterSeconds: number | undefined;
  /** The models or tables that failed. */
  subjects: string[];
  /** Error number of the database server, if any. */
  databaseError: number | undefined;
}

/**
 * Classifies an error: permanent or transient, when to retry, which advice to give.
 *
 * @param random a number in [0, 1) that spreads the delay
 */
export function judge(error: unknown, random: () => number = Math.random): Verdict {
  const signs = signsOf(error);
  const about = { subjects: signs.subjects, databaseError: [...signs.sqlErrors][0] };
  if (error instanceof BatonError) {
    const { kind, code, message, retriable } = error;
    const advice = error.advice ?? adviceOf(code);
    return {
      ...about,
      pattern: code,
      error: { kind, code, message: withoutValues(message), retriable, ...(advice !== undefined && { advice }) },
      retryAfterSeconds: error instanceof TransientError ? error.retryAfterSeconds : undefined,
    };
  }
  const { name, kind, isRetriable, advice, delaySeconds } = patternOf(signs);
  return {
    ...about,
    pattern: name,
    error: { kind, code: codeOf(error), message: withoutValues(messageOf(error)), retriable: isRetriable, advice },
    retryAfterSeconds:
      delaySeconds === undefined ? undefined : delaySeconds[0] + random() * (delaySeconds[1] - delaySeconds[0]),
  };
}

/** The error's message; if empty, that of its first cause with one. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return signsOf(error).texts.find((text) => text.trim() !== "") ?? codeOf(error);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "" ? "UNKNOWN" : error.name;
}
