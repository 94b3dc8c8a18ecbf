import { InvalidArgumentError } from "commander";

/**
 * Creates a parser of whole numbers for an option.
 *
 * @param max by default every number from `min` on is accepted
 * @param why appended to the range in the error, to explain the limit
 */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER, why = ""): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `above ${min - 1}` : `from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number ${range}${why}`);
  };
}
