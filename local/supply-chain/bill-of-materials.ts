import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { batonHome, projectRoot } from "../paths.ts";
import type { LicensedPackage } from "./licence-policy.ts";

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 ** 2;

const licenceSchema = z.object({
  license: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
  expression: z.string().optional(),
});
const billSchema = z.looseObject({
  components: z.array(
    z.looseObject({ name: z.string(), version: z.string(), licenses: z.array(licenceSchema).optional() }),
  ),
});

/** A CycloneDX document and the packages that it lists. */
export interface BillOfMaterials {
  document: unknown;
  packages: LicensedPackage[];
}

/** What the lock file of npm brings, with hashes. */
export async function npmBill(): Promise<BillOfMaterials> {
  const { stdout } = await run("npm", ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], {
    cwd: projectRoot,
    maxBuffer: MAX_OUTPUT,
  });
  const bill = billOf(stdout);
  const packages = await Promise.all(bill.packages.map(withInstalledLicence));
  return { ...bill, packages: packages.filter((found) => found !== undefined) };
}

/** What dbt and the emulator's environment holds. */
export async function pythonBill(): Promise<BillOfMaterials> {
  const program = join(batonHome, "lint-venv/bin/cyclonedx-py");
  const environment = join(batonHome, "venv/bin/python");
  const { stdout } = await run(program, ["environment", environment, "--output-format", "JSON"], {
    maxBuffer: MAX_OUTPUT,
  });
  return billOf(stdout);
}

function billOf(text: string): BillOfMaterials {
  const document: unknown = JSON.parse(text);
  const packages = billSchema.parse(document).components.map(({ name, version, licenses = [] }) => ({
    name,
    version,
    licences: licenses.flatMap(({ license, expression }) => expression ?? license?.id ?? license?.name ?? []),
  }));
  return { document, packages };
}

/** Where the lock file names no licence the package itself does; undefined where it is not installed on this platform. */
async function withInstalledLicence(found: LicensedPackage): Promise<LicensedPackage | undefined> {
  if (found.licences.length > 0) return found;
  const path = join(projectRoot, "node_modules", found.name, "package.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { license } = z.looseObject({ license: z.string().optional() }).parse(JSON.parse(text));
  return { ...found, licences: license === undefined ? [] : [license] };
}
