import { monthlyUsd } from "../data/fixed-cost.ts";
import { totalUsd } from "../data/cost-of-run.ts";
import { dataTable } from "../html/data-table.ts";
import { html, type Html } from "../html/html.ts";
import type { CostLine, Report } from "../data/report.ts";

/** `$0.0123`, `$2.41`: four decimals below ten cents, as a run costs one or two. */
export function formatUsd(usd: number): string {
  return `$${usd.toFixed(usd >= 0.1 ? 2 : 4)}`;
}

/** The cost of the run, and of the predecessor for the same work. */
export function cost({ cost: bill, run }: Report): Html {
  if (bill === null) return html`<p class="empty">There has been no run yet.</p>`;
  const [baton, predecessor] = [totalUsd(bill.baton), totalUsd(bill.predecessor)];
  const factor = baton > 0 ? predecessor / baton : 0;
  return html`<p>
      This run cost ${formatUsd(baton)}; the same work on Glue and Step Functions
      ${formatUsd(predecessor)}${factor >= 1.05 && `, ${factor.toFixed(1)} times as much`}.
      ${
        run?.state === "completed" &&
        html`At one run per day that is ${formatUsd(baton * 30)} compared with ${formatUsd(predecessor * 30)} in 30
        days. A month of an environment costs about ${formatUsd(monthlyUsd.withoutEndpoints)} in all, with its alarms,
        metrics, queues and storage, and ${formatUsd(monthlyUsd.withEndpoints)} with its own VPC endpoints.`
      }
    </p>
    <div class="pair">
      ${billTable("This run on Baton", bill.baton)}
      ${billTable("The same on Glue and Step Functions", bill.predecessor)}
    </div>
    <details>
      <summary>What is counted, and the prices</summary>
      <ul>
        ${bill.assumptions.map((text) => html`<li>${text}</li>`)}
      </ul>
      ${dataTable({
        caption: `List prices of ${bill.prices.region} in US dollars, without free tiers, discounts and tax`,
        columns: [
          { head: "What" },
          { head: "USD", isNumber: true },
          { head: "Per" },
          { head: "As of" },
          { head: "Source" },
        ],
        rows: bill.prices.list.map(({ what, usd, per, asOf, source }) => [
          what,
          usd.toLocaleString("en", { maximumSignificantDigits: 6, maximumFractionDigits: 20 }),
          per,
          html`<span class="nowrap">${asOf}</span>`,
          html`<a href="${source}">${source.replace("https://", "")}</a>`,
        ]),
        empty: "",
      })}
    </details>`;
}

function billTable(caption: string, lines: readonly CostLine[]): Html {
  return dataTable({
    caption,
    columns: [{ head: "What" }, { head: "Quantity", isNumber: true }, { head: "USD", isNumber: true }],
    rows: [
      ...lines.map(({ what, quantity, usd }) => [what, quantity, usd.toFixed(6)]),
      [html`<strong>Sum</strong>`, "", html`<strong>${totalUsd(lines).toFixed(6)}</strong>`],
    ],
    empty: "",
  });
}
