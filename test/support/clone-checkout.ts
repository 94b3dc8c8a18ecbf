import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../shared/config/checkout.ts";

/** The files of a clone that its user needs. */
const CLONED = [
  ...["baton", "cli", "dbt", "deploy", "docs", "events", "functions", "local", "serverless", "shared"],
  ...["package.json", "package-lock.json", "serverless.yml", "tsconfig.json", ".gitignore"],
];
/** What set-up has installed. */
const SET_UP = [".baton", "node_modules"];

/** Copies the checkout into a folder, with links to what set-up has installed. */
export async function cloneCheckout(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of CLONED) await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  for (const name of SET_UP) await symlink(join(projectRoot, name), join(folder, name));
}
