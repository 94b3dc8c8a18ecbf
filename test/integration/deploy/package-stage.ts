import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { testServices } from "../../support/services.ts";
import { copyProject } from "../../support/stack.ts";

/** The CloudFormation template of an environment from `serverless package`. Makes no AWS calls. */
export async function packageStage(stage: string, parameters: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(testServices().folder, "package-"));
  try {
    await copyProject(folder);
    const program = join(folder, "node_modules/serverless/bin/serverless.js");
    const args = ["package", "--stage", stage, ...parameters.map((parameter) => `--param=${parameter}`)];
    await promisify(execFile)(process.execPath, [program, ...args], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        TMPDIR: folder,
        // the password must not appear in the template
        AURORA_PASSWORD: "swordfish",
        AWS_ACCESS_KEY_ID: "none",
        AWS_SECRET_ACCESS_KEY: "none",
        SLS_TELEMETRY_DISABLED: "1",
        CI: "true",
      },
    });
    return await readFile(join(folder, ".serverless/cloudformation-template-update-stack.json"), "utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
