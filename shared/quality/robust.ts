/** Scales the median absolute deviation to the standard deviation of normally distributed data. */
const MAD_TO_SIGMA = 1.4826;

/** Returns the median; for an even count the mean of the two middle values. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError("a median needs a value");
  return (lower + upper) / 2;
}

/**
 * Returns a spread that a few outliers do not affect: the scaled median absolute deviation.
 *
 * @throws RangeError without values
 */
export function robustSpread(values: readonly number[]): number {
  const middle = median(values);
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - middle)));
}
