import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { batonHome, projectRoot, stateFolder } from "../../shared/config/checkout.ts";
import { haveOtherVars } from "../../shared/review/changed-models.ts";
import { parseProject } from "../../shared/review/parse-project.ts";
import { UsageError } from "../usage-error.ts";
import { git } from "./git.ts";

const run = promisify(execFile);

const PROJECT = "project";

/** The dbt project of a Git revision, parsed. */
interface BaseState {
  /** Folder with its manifest.json. */
  folder: string;
  /** The project itself. */
  project: string;
  /** Whether vars of dbt_project.yml differ from the checkout's: every model may then differ. */
  varsDiffer: boolean;
}

/**
 * Parses the dbt project of a Git revision with its own launcher, once for each content of `dbt/`.
 *
 * @throws UsageError when the revision or its dbt project does not exist
 */
export async function baseState(base: string, schemaPrefix: string): Promise<BaseState> {
  const tree = await baseTree(base);
  // sources are compared with their schemas
  const folder = join(stateFolder, "review/bases", `${schemaPrefix}${tree}`);
  if (!(await exists(join(folder, "manifest.json")))) await parseTree(tree, { folder, schemaPrefix });
  const before = await git(["cat-file", "blob", `${tree}:dbt_project.yml`]);
  const now = await readFile(join(projectRoot, "dbt/dbt_project.yml"), "utf8");
  return { folder, project: join(folder, PROJECT), varsDiffer: haveOtherVars(before, now) };
}

/** The ID of the base's dbt project. @throws UsageError when the revision or its dbt project does not exist */
export async function baseTree(base: string): Promise<string> {
  const tree = (await treeOf(base)) ?? (base === "main" ? await treeOf("origin/main") : undefined);
  if (tree !== undefined) return tree;
  throw new UsageError(`Git knows no revision ${base} with a folder dbt`, "git fetch origin, or --base REVISION");
}

/** The ID of a revision's dbt project; undefined if there is none. */
async function treeOf(revision: string): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}:dbt`];
  const found = await git(args).catch(() => "");
  return /^[0-9a-f]{40,64}$/.test(found.trim()) ? found.trim() : undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function parseTree(
  tree: string,
  { folder, schemaPrefix }: { folder: string; schemaPrefix: string },
): Promise<void> {
  const reviews = join(stateFolder, "review/bases");
  await mkdir(reviews, { recursive: true });
  // beside its destination: the temporary folder may be on another file system
  const work = await mkdtemp(join(reviews, "parse-"));
  try {
    const project = join(work, "dbt");
    await mkdir(project);
    // in a subfolder, Git would archive only that folder of the tree
    const top = (await git(["rev-parse", "--show-toplevel"])).trim();
    await git(["archive", "--format=tar", "-o", join(work, "dbt.tar"), tree], { folder: top });
    await run("tar", ["-xf", join(work, "dbt.tar"), "-C", project]);
    const parsed = await parseProject({
      ...{ python: join(batonHome, "venv/bin/python"), launcher: project, project, workFolder: work },
      schemaPrefix,
    });
    await rename(project, join(parsed, PROJECT));
    await rename(parsed, folder).catch(async (error: unknown) => {
      // another review has parsed the same project
      if (!(await exists(join(folder, "manifest.json")))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
