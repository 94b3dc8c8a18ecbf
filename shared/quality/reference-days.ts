/**
 * The days that a new one may look like without being news: the last one; the last usual one; and the one before the
 * newest surprise, to which things return when that is over, however long it lasted.
 *
 * @param history oldest first
 * @returns the last day first, each once; empty without history
 */
export function referenceDays<Day>(history: readonly Day[], wasUnusual: (day: Day) => boolean): Day[] {
  const newestUnusual = history.findLastIndex(wasUnusual);
  const isUsual = (day: Day): boolean => !wasUnusual(day);
  const days = [
    history.at(-1),
    history.findLast(isUsual),
    history.slice(0, Math.max(0, newestUnusual)).findLast(isUsual),
  ];
  return [...new Set(days)].filter((day) => day !== undefined);
}
