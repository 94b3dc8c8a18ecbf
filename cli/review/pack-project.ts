import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../shared/config/checkout.ts";
import { baseTree } from "./base-state.ts";
import { git } from "./git.ts";

/** The zip that a ReviewRequested names. */
export interface PackedProject {
  zip: Buffer;
  /** Hex. */
  sha256: string;
}

/**
 * Zips the dbt project of a Git revision as `base/` and that of the checkout as `change/`, with changes that are not
 * committed and without files that Git ignores.
 *
 * @throws UsageError when the revision or its dbt project does not exist
 */
export async function packProject(base: string): Promise<PackedProject> {
  const work = await mkdtemp(join(tmpdir(), "baton-review-"));
  try {
    const objects = join(work, "objects");
    await mkdir(objects);
    const folder = (await git(["rev-parse", "--path-format=absolute", "--git-path", "objects"])).trim();
    // index and new objects are temporary: the repository stays as it is
    const temporary = { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: folder };
    const change = { ...temporary, GIT_INDEX_FILE: join(work, "change.index") };
    const dbt = join(projectRoot, "dbt");
    const own = { ...change, GIT_DIR: (await git(["rev-parse", "--absolute-git-dir"])).trim(), GIT_WORK_TREE: dbt };
    // as a work tree of its own, so that Git may ignore the checkout but not what is in it
    const ignored = ["-c", `core.excludesFile=${join(projectRoot, ".gitignore")}`];
    await git([...ignored, "add", "--all", "."], { folder: dbt, env: own });
    const changed = (await git(["write-tree"], { env: change })).trim();
    const both = { ...temporary, GIT_INDEX_FILE: join(work, "both.index") };
    await git(["read-tree", "--prefix=base/", await baseTree(base)], { env: both });
    await git(["read-tree", "--prefix=change/", changed], { env: both });
    const tree = (await git(["write-tree"], { env: both })).trim();
    const file = join(work, "project.zip");
    const top = (await git(["rev-parse", "--show-toplevel"])).trim();
    // in a subfolder, Git would archive only that folder of the tree
    await git(["archive", "--format=zip", "-o", file, tree], { folder: top, env: both });
    const zip = await readFile(file);
    return { zip, sha256: createHash("sha256").update(zip).digest("hex") };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
