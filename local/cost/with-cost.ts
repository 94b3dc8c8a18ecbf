import type { MonthlyCost } from "./monthly-cost.ts";
import { COST_MARKERS, renderCost } from "./render-cost.ts";

/** Replaces the part of a text between two lines. @throws Error when they are missing */
function between(text: string, start: string, end: string, content: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`the document lacks the lines ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** The files that contain the cost of a month, and how each is brought up to date. */
export const withCost: Readonly<Record<string, (text: string, cost: MonthlyCost) => string>> = {
  "docs/deploy.md": (text, cost) => between(text, COST_MARKERS.start, COST_MARKERS.end, renderCost(cost)),
  "shared/console/data/fixed-cost.ts": (text, { total }) =>
    text
      .replace(/(withoutEndpoints: )[\d.]+/, `$1${total.withoutEndpoints.toFixed(2)}`)
      .replace(/(withEndpoints: )[\d.]+/, `$1${total.withEndpoints.toFixed(2)}`),
};
