import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { PermanentError } from "../errors/errors.ts";

const run = promisify(execFile);
/** The profile needs them; a parse does not connect. */
const NO_WAREHOUSE = { AURORA_ENDPOINT: "none", AURORA_USER: "none", AURORA_PASSWORD: "none" };
const MAX_OUTPUT_BYTES = 10_000_000;

interface ParseOptions {
  python: string;
  /** Folder of launcher.py and profiles.yml. */
  launcher: string;
  /** Folder of the dbt project. */
  project: string;
  /** An empty folder. */
  workFolder: string;
  schemaPrefix?: string;
}

/**
 * Parses a dbt project without a warehouse.
 *
 * @returns the folder with its manifest.json
 * @throws PermanentError REVIEW_PROJECT_INVALID with dbt's output
 */
export async function parseProject(options: ParseOptions): Promise<string> {
  const { python, launcher, project, workFolder, schemaPrefix = "" } = options;
  const target = join(workFolder, "target");
  const folders = ["--project-dir", project, "--profiles-dir", launcher, "--target-path", target];
  const args = [join(launcher, "launcher.py"), "--quiet", "--no-use-colors", "parse", ...folders];
  const own = { HOME: workFolder, BATON_DBT_HOME: workFolder, BATON_PARENT_PID: String(process.pid) };
  const env = {
    ...{ PATH: process.env["PATH"], LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" },
    ...{ ...own, ...NO_WAREHOUSE, BATON_SCHEMA_PREFIX: schemaPrefix, BATON_DATABASE_TLS: "disabled" },
  };
  try {
    await run(python, args, { env, maxBuffer: MAX_OUTPUT_BYTES });
    return target;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string }; // as node documents it
    const output = `${stdout}\n${stderr}`.trim();
    throw new PermanentError("REVIEW_PROJECT_INVALID", `dbt cannot parse the base: ${output || String(error)}`, {
      kind: "input",
      cause: error,
      advice: "Compare with a revision whose dbt project is valid: --base REVISION.",
    });
  }
}
