/** @slow */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { engines } from "../../local/engine.ts";
import { runProgram } from "../../local/run-program.ts";
import { batonHome, projectRoot } from "../../shared/config/checkout.ts";
import { dbtFolder } from "../integration/dbt/dbt-command.ts";
import { testServices } from "../support/services.ts";

const TIMEOUT_MS = 1_200_000;

/** Python packages of an environment that set-up creates. */
function packagesOf(venv: string): string {
  const [version = ""] = readdirSync(join(batonHome, venv, "lib"));
  return join(batonHome, venv, "lib", version, "site-packages");
}

describe("dbt's own tests of adapters", () => {
  beforeAll(() => runProgram(join(projectRoot, "local/bin/setup"), ["--with", "adapter-tests"]), TIMEOUT_MS);

  it.each(engines)(
    "pass on %s",
    async (engine) => {
      const { folder, database } = testServices(engine);
      const python = join(batonHome, "adapter-venv/bin/python");
      const child = spawn(
        python,
        ["-m", "pytest", "-p", "no:cacheprovider", "-q", "-rs", join(projectRoot, "test/dbt-adapter")],
        {
          cwd: folder,
          stdio: ["ignore", "pipe", "inherit"],
          env: {
            PATH: process.env["PATH"],
            TMPDIR: process.env["TMPDIR"],
            BATON_ENGINE: engine,
            HOME: folder,
            PYTHONDONTWRITEBYTECODE: "1",
            PYTHONPATH: [dbtFolder, packagesOf("venv")].join(delimiter),
            AURORA_ENDPOINT: database.host,
            AURORA_PORT: String(database.port),
            AURORA_USER: database.user,
            AURORA_PASSWORD: database.password,
          },
        },
      );
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const [exitCode] = (await once(child, "close")) as [number | null]; // as Node documents it

      // the end of the output has the summary of what failed
      expect(exitCode === 0 ? "passed" : output.slice(-10_000)).toBe("passed");
    },
    TIMEOUT_MS,
  );
});
