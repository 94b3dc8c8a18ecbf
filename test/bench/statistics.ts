/** The middle value; the mean of the two in the middle for an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** A straight line through points, and how much of the scatter it explains. */
export interface LinearFit {
  intercept: number;
  slope: number;
  /** 1 when every point lies on the line. */
  r2: number;
}

/** Fits a line by least squares. */
export function linearFit(points: readonly { x: number; y: number }[]): LinearFit {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map((point) => point.x));
  const y = mean(points.map((point) => point.y));
  const sum = (term: (dx: number, dy: number) => number): number =>
    points.reduce((total, point) => total + term(point.x - x, point.y - y), 0);
  const slope = sum((dx, dy) => dx * dy) / sum((dx) => dx * dx);
  const intercept = y - slope * x;
  const left = points.reduce((total, point) => total + (point.y - intercept - slope * point.x) ** 2, 0);
  const scatter = sum((_, dy) => dy * dy);
  return { intercept, slope, r2: scatter === 0 ? 1 : 1 - left / scatter };
}

/** The smallest value that at least this share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
