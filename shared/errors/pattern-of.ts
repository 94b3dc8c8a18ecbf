import type { ErrorPattern } from "./error-pattern.ts";
import { errorPatterns, unknownPattern } from "./patterns.ts";
import type { Signs } from "./signs-of.ts";

/** Ways to recognise a pattern, the most exact first. */
const recognitions: readonly ((pattern: ErrorPattern, signs: Signs) => boolean)[] = [
  ({ sqlErrors = [] }, signs) => sqlErrors.some((number) => signs.sqlErrors.has(number)),
  ({ codes = [], isOfAws }, signs) => isOfAws === true && signs.isOfAws && codes.some((code) => signs.codes.has(code)),
  ({ codes = [], isOfAws }, signs) => isOfAws !== true && codes.some((code) => signs.codes.has(code)),
  ({ texts = [] }, signs) => texts.some((text) => signs.texts.some((seen) => text.test(seen))),
  ({ httpStatuses = [] }, { httpStatus }) => httpStatus !== undefined && httpStatuses.includes(httpStatus),
  ({ signals = [] }, { signal }) => signals.some((name) => name === signal),
  ({ exitCodes = [] }, { exitCode }) => exitCode !== undefined && exitCodes.includes(exitCode),
];

/** Finds the pattern for the signs of an error. Of several, a permanent one wins: no retry can help. */
export function patternOf(signs: Signs): ErrorPattern {
  for (const fits of recognitions) {
    const found = errorPatterns.filter((pattern) => fits(pattern, signs));
    const pattern = found.find(({ isRetriable }) => !isRetriable) ?? found[0];
    if (pattern !== undefined) return pattern;
  }
  return unknownPattern;
}
