import type { Comparison } from "./usual-change.ts";

/** `16,401` */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `30 %`, with one decimal below ten: `4.2 %` */
export function share(fraction: number): string {
  const percent = fraction * 100;
  return `${percent.toFixed(Math.abs(percent) < 10 && !Number.isInteger(percent) ? 1 : 0)} %`;
}

/** `16,390-16,410 on the last 8 Wednesdays; 16,400 on 2026-02-10` */
export function usualText({ usual, before }: Comparison, show: (value: number) => string): string {
  const [low, high] = [show(usual.low), show(usual.high)];
  // `2.9-3.1 %`: the unit appears once
  const range = low === high ? low : `${low.replace(/ %$/, "")}-${high}`;
  const days = usual.days === 1 ? "the last day" : `the last ${usual.days} ${usual.weekday ?? "days"}`;
  return `${range} on ${days}; ${show(before.value)} on ${before.date}`;
}

/** `a, b and 3 more` */
export function firstOf(names: readonly string[], limit: number): string {
  const more = names.length > limit ? ` and ${names.length - limit} more` : "";
  return `${names.slice(0, limit).join(", ")}${more}`;
}
