import { html, type Html } from "./html.ts";

const WIDTH = 96;
const HEIGHT = 20;

/** A line of the last values, hidden from screen readers: the numbers are next to it. */
export function sparkline(values: readonly (number | null)[]): Html {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return html``;
  const [lowest, highest] = [Math.min(...known), Math.max(...known)];
  const span = highest - lowest || 1;
  const points = values.flatMap((value, index) => {
    if (value === null) return [];
    const x = (index / (values.length - 1)) * WIDTH;
    const y = highest === lowest ? HEIGHT / 2 : HEIGHT - 2 - ((value - lowest) / span) * (HEIGHT - 4);
    return [`${x.toFixed(1)},${y.toFixed(1)}`];
  });
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true"><polyline points="${points.join(" ")}" /></svg>`; // prettier-ignore
}

/** A block per result, hidden from screen readers: the number that did not pass is next to it. */
export function resultStrip(results: readonly (string | null)[]): Html {
  const blocks = results.map(
    (result, index) =>
      html`<rect class="result-${result ?? "none"}" x="${index * 5}" y="${result === "pass" ? 8 : 2}" width="4" height="${result === "pass" ? 6 : 12}" />`, // prettier-ignore
  );
  const width = results.length * 5;
  return html`<svg class="strip" viewBox="0 0 ${width} 14" width="${width}" height="14" aria-hidden="true">${blocks}</svg>`; // prettier-ignore
}
