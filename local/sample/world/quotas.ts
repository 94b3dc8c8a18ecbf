/**
 * Splits a number into integer parts with the given weights (largest remainder method). Every part is at least
 * `atLeast` if the number is large enough.
 */
export function quotas<T>(total: number, weights: ReadonlyMap<T, number>, atLeast = 0): Map<T, number> {
  const sum = [...weights.values()].reduce((a, b) => a + b, 0);
  const floor = total >= weights.size * atLeast * 4 ? atLeast : 0;
  const parts = [...weights].map(([key, weight]) => {
    const exact = (weight / sum) * total;
    return { key, count: Math.max(floor, Math.floor(exact)), remainder: exact - Math.floor(exact) };
  });
  let left = total - parts.reduce((a, { count }) => a + count, 0);
  const byRemainder = [...parts].sort((a, b) => b.remainder - a.remainder);
  for (let index = 0; left > 0; index = (index + 1) % byRemainder.length, left -= 1) {
    const part = byRemainder[index];
    if (part) part.count += 1;
  }
  // the minimums may exceed the total: reduce the largest parts
  const bySize = [...parts].sort((a, b) => b.count - a.count);
  for (let index = 0; left < 0; index = (index + 1) % 3, left += 1) {
    const part = bySize[index];
    if (part) part.count -= 1;
  }
  return new Map(parts.map(({ key, count }) => [key, count]));
}
