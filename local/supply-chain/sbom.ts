import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { batonHome } from "../paths.ts";
import { npmBill, pythonBill } from "./bill-of-materials.ts";
import { licenceExceptions, refusedPackages } from "./licence-policy.ts";

/**
 * Writes the bills of materials (CycloneDX) and the list of licences to `.baton/sbom`.
 *
 * @returns the exit code: 1 when a package has a licence that nobody has accepted
 */
async function main(): Promise<number> {
  const folder = join(batonHome, "sbom");
  await mkdir(folder, { recursive: true });
  const bills = { npm: await npmBill(), python: await pythonBill() };
  const lines = ["source\tpackage\tversion\tlicence\tnote"];
  for (const [source, { document, packages }] of Object.entries(bills)) {
    await writeFile(join(folder, `${source}.cdx.json`), `${JSON.stringify(document, null, 2)}\n`);
    for (const { name, version, licences } of packages) {
      lines.push(
        [source, name, version, licences.join(", ") || "none given", licenceExceptions[name] ?? ""].join("\t"),
      );
    }
  }
  await writeFile(join(folder, "licences.tsv"), `${lines.join("\n")}\n`);
  const refused = refusedPackages([...bills.npm.packages, ...bills.python.packages]);
  for (const { name, version, licences } of refused) {
    process.stderr.write(
      `sbom: error: ${name} ${version} is under ${licences.join(", ") || "no licence that it names"}\n`,
    );
  }
  if (refused.length > 0) {
    process.stderr.write("  next: do without it, or accept it with a reason in local/supply-chain/licence-policy.ts\n");
    return 1;
  }
  process.stderr.write(
    `sbom: ${lines.length - 1} packages; see .baton/sbom: npm.cdx.json, python.cdx.json, licences.tsv\n`,
  );
  return 0;
}

process.exitCode = await main();
