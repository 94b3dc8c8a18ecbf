/** Names that are farther off are no slip of the hand. */
const MAX_DISTANCE = 4;
const MAX_NAMES = 3;

/** Names that somebody may have meant: those that contain what was typed, then those a few letters off, nearest first. */
export function nearNames(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  const ranked = [...new Set(names)].map((name) => {
    const known = name.toLowerCase();
    return { name, distance: known.includes(wanted) ? 0 : distanceBetween(wanted, known) };
  });
  return ranked
    .filter(({ distance }) => distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

/** Letters to change, add or take away, to make one text of another (Levenshtein). */
function distanceBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [other, wanted] of [...to].entries()) {
      const change = (row[other] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(change, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
