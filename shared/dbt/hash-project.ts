import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Files that determine the result of a build; dbt's own outputs and caches do not. */
const SOURCE = /\.(sql|ya?ml|csv|py)$/;
/** Folders that dbt creates in the project. */
const MADE = /^\/?(target|logs|dbt_packages)\//;

/** Fingerprint of a dbt project's sources. A retry after the project changed must start from the beginning. */
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
