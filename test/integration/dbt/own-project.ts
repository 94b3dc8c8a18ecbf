import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dbtFolder } from "./dbt-command.ts";

/** Creates a dbt project with Baton's launcher and macros, and these models, seeds and tests. @returns its folder */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "baton-project-"));
  for (const part of ["baton_dbt", "launcher.py", "macros", "dbt_project.yml", "profiles.yml", "tests/generic"]) {
    cpSync(join(dbtFolder, part), join(folder, part), { recursive: true });
  }
  writeFiles(folder, files);
  return folder;
}

/** Writes files of a project, by their paths within it. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

export function removeFiles(folder: string, paths: readonly string[]): void {
  for (const path of paths) rmSync(join(folder, path));
}

/** The YAML of a model or seed with these columns and data types; the first one is the key. */
export function yamlOf(
  kind: "models" | "seeds",
  name: string,
  columns: Readonly<Record<string, string>>,
  { data_tests = [], ...config }: Readonly<Record<string, unknown>> & { data_tests?: readonly object[] } = {},
): string {
  const described = Object.entries(columns).map(([column, type]) => ({
    name: column,
    data_type: type,
    description: column,
  }));
  const key = described.slice(0, 1).map((column) => column.name);
  // JSON is YAML
  return JSON.stringify({
    version: 2,
    [kind]: [
      { name, description: name, config: { meta: { primary_key: key }, ...config }, columns: described, data_tests },
    ],
  });
}
