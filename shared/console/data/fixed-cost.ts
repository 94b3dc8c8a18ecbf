/** Cost of a month of daily runs, US dollars; written by `npm run cost -- --write` (docs/deploy.md, "Cost"). */
export const monthlyUsd = { withoutEndpoints: 19.85, withEndpoints: 81.17 } as const;
