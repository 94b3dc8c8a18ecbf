/**
 * Returns the days that a new day may resemble without a finding: the last day; the last usual day; and the last usual
 * day before the newest unusual one, whose values return when an unusual time ends, however long it lasted.
 *
 * @param history oldest first
 * @returns the last day first, without duplicates; empty without history
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
