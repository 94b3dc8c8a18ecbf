import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { PermanentError } from "../errors/errors.ts";

/** Most bytes of a zip. */
export const MAX_ZIP_BYTES = 20_000_000;
/** Most bytes of all its files. */
const MAX_BYTES = 100_000_000;
const MAX_FILES = 5_000;
/** Files that dbt reads. Programs of a project are not among them: they would run with the rights of the function. */
const READ_BY_DBT = /\.(?:sql|ya?ml|csv|md)$/;
/** Each project begins with it. */
const PROJECTS = ["base", "change"] as const;

/**
 * Writes the files that dbt reads from a zip with the folders `base` and `change` to a folder.
 *
 * @throws PermanentError REVIEW_PROJECT_INVALID for another hash, a zip that is too large, a path outside the two folders,
 *   or a folder without dbt_project.yml; nothing is written then
 */
export async function unpackProject(zip: Uint8Array, sha256: string, folder: string): Promise<void> {
  const actual = createHash("sha256").update(zip).digest("hex");
  if (actual !== sha256) throw refused(`its sha256 is ${actual}, the request says ${sha256}`);
  if (zip.length > MAX_ZIP_BYTES) throw refused(`it has ${zip.length} bytes, at most ${MAX_ZIP_BYTES} are allowed`);
  const names = new Set<string>();
  let bytes = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(zip, {
      // before it is unpacked; a file never gets more bytes than its entry declares
      filter({ name, originalSize }) {
        if (!isSafe(name)) throw refused(`the path ${JSON.stringify(name)} is not within base/ or change/`);
        if (names.has(name)) throw refused(`the path ${JSON.stringify(name)} is there twice`);
        names.add(name);
        bytes += originalSize;
        if (names.size > MAX_FILES) throw refused(`it has more than ${MAX_FILES} files`);
        if (bytes > MAX_BYTES) throw refused(`its files have more than ${MAX_BYTES} bytes`);
        return READ_BY_DBT.test(name);
      },
    });
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    throw refused(`it cannot be read: ${String(error)}`, error);
  }
  for (const project of PROJECTS) {
    const file = `${project}/dbt_project.yml`;
    if (!Object.hasOwn(files, file)) throw refused(`it has no ${file}`);
  }
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Whether a path is below `base/` or `change/`, whatever its parts. */
function isSafe(name: string): boolean {
  const [first, ...parts] = name.replace(/\/$/, "").split("/");
  const isPlain = parts.every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\0]/.test(part));
  return PROJECTS.some((project) => project === first) && isPlain;
}

function refused(why: string, cause?: unknown): PermanentError {
  return new PermanentError("REVIEW_PROJECT_INVALID", `the zip of the dbt project is refused: ${why}`, {
    kind: "input",
    advice: "To make the zip and request the review: ./baton review --remote",
    cause,
  });
}
