import { InvalidArgumentError } from "commander";

/**
 * Makes a parser of a whole number for an option.
 *
 * @param max without it any number from `min` on is taken
 * @param why said after the range, where the reason of its end is no matter of course
 */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER, why = ""): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `above ${min - 1}` : `from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number ${range}${why}`);
  };
}
