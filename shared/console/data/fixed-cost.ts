/** Cost of a month of daily runs, US dollars; written by `npm run cost -- --write` (docs/deploy.md, "Cost"). */
export const monthlyUsd = { withoutEndpoints: 20.76, withEndpoints: 82.08 } as const;
