import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** Folders and files that determine what is deployed; a missing one counts as empty. */
const DEPLOYED = ["functions", "events", "shared", "serverless", "serverless.yml", "package.json"];

/** Fingerprint of everything that is deployed, 16 hexadecimal digits. It does not depend on the checkout's path. */
export async function codeHash(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of DEPLOYED) {
    for (const file of await filesOf(join(root, path))) {
      hash.update(`${relative(root, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
