import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What decides what a build makes; dbt's own outputs and caches do not. */
const SOURCE = /\.(sql|ya?ml|csv|py)$/;
/** Folders of dbt's own making, below the project. */
const MADE = /^\/?(target|logs|dbt_packages)\//;

/** Fingerprint of a dbt project's sources: a retry of another project must start anew. */
export async function hashProject(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !MADE.test(file.slice(folder.length)))
    .sort();
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(file.slice(folder.length))
      .update("\0")
      .update(await readFile(file))
      .update("\0");
  return hash.digest("hex");
}
