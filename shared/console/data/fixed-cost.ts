/** Cost of a month of daily runs, US dollars; written by `npm run cost -- --write` (docs/deploy.md, "Cost"). */
export const monthlyUsd = { withoutEndpoints: 19.65, withEndpoints: 80.97 } as const;
