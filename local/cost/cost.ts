import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../shared/config/checkout.ts";
import { interfaceEndpoints } from "./interface-endpoints.ts";
import { monthlyCost } from "./monthly-cost.ts";
import { withCost } from "./with-cost.ts";
import { renderCost } from "./render-cost.ts";

/** Prints the cost of a month from a packaged template; `--write` also writes it to the documents. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean" }, write: { type: "boolean" } },
    allowPositionals: true,
  });
  const template = await readFile(positionals[0] ?? "", "utf8");
  const network = await readFile(join(projectRoot, "deploy/network.yml"), "utf8");
  const cost = monthlyCost(template, interfaceEndpoints(network));
  process.stdout.write(`${values.json === true ? JSON.stringify(cost, null, 2) : renderCost(cost)}\n`);
  if (values.write !== true) return;
  for (const [path, edit] of Object.entries(withCost)) {
    const file = join(projectRoot, path);
    await writeFile(file, edit(await readFile(file, "utf8"), cost));
  }
}

void main();
