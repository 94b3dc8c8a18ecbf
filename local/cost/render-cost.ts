import { PRICE_REGION, prices } from "../../shared/console/data/prices.ts";
import { costAssumptions, type MonthlyCost } from "./monthly-cost.ts";

/** Lines around the generated table in docs/deploy.md. */
export const COST_MARKERS = { start: "<!-- npm run cost -- --write: start -->", end: "<!-- end -->" } as const;

/** The cost of a month as a Markdown table, with its assumptions. */
export function renderCost({ lines, endpoints, total }: MonthlyCost): string {
  const row = (what: string, quantity: string, usd: number): string => `| ${what} | ${quantity} | ${usd.toFixed(2)} |`;
  return [
    `A month in ${PRICE_REGION}, US dollars, from the template and the list prices of \`shared/console/data/prices.ts\` (each with source and date):`,
    "",
    "| what | quantity | USD a month |",
    "| --- | ---: | ---: |",
    ...lines.map(({ what, quantity, usd }) => row(what, quantity, usd)),
    row("**sum**", "", total.withoutEndpoints),
    row(endpoints.what, endpoints.quantity, endpoints.usd),
    row("**sum with endpoints**", "", total.withEndpoints),
    "",
    ...costAssumptions.map((text) => `- ${text}`),
    `- The predecessor's Glue jobs cost 5 USD, its NAT gateway 32 USD a month. A Glue DPU-hour is ${prices.glueDpuHour.usd} USD.`,
  ].join("\n");
}
