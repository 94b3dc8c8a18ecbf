import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { testServices } from "../../support/services.ts";

/** The output of `serverless print` for an environment name like those of tests and trials. */
async function print(...parameters: string[]): Promise<string> {
  const program = join(projectRoot, "node_modules/serverless/bin/serverless.js");
  const { folder } = testServices();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, "print", "--stage", "local-trial", ...parameters.map((parameter) => `--param=${parameter}`)],
    { cwd: projectRoot, env: { PATH: process.env["PATH"], HOME: folder, SLS_TELEMETRY_DISABLED: "1", CI: "true" } },
  );
  return stdout;
}

describe("parameters of an environment on the emulator", () => {
  it("are those of `local` by default: a given parameter counts even if it equals AWS's default", async () => {
    expect(await print()).toMatch(/BATON_DATABASE_TLS: disabled/);
    expect(await print("databaseTls=required")).not.toMatch(/BATON_DATABASE_TLS: disabled/);
  }, 60_000);
});
