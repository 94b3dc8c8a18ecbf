import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { testServices } from "../../support/services.ts";
import { dbtFolder, python } from "../dbt/dbt-command.ts";

/** Wheels that are compatible with glibc 2.34 of Amazon Linux 2023. */
const PLATFORMS = ["manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014"].map(
  (name) => `--platform=${name}_x86_64`,
);

describe("the Python packages of the dbt functions' image", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(testServices().folder, "wheels-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([["requirements.txt"], ["requirements-adapter.txt", "--no-deps"]])(
    "are locked with wheels for the image's Python and system: %s",
    async (file, ...more) => {
      const dockerfile = await readFile(join(projectRoot, "dbt/Dockerfile"), "utf8");
      const version = /dnf install .*python(\d\.\d+)/.exec(dockerfile)?.[1];
      expect(version).toBeDefined();

      const wanted = [`--python-version=${version ?? ""}`, "--implementation=cp", "--only-binary=:all:", ...PLATFORMS];
      const { stdout } = await promisify(execFile)(python, [
        ...[
          "-m",
          "pip",
          "install",
          "--dry-run",
          "--ignore-installed",
          "--disable-pip-version-check",
          "--require-hashes",
        ],
        ...["--target", folder, ...wanted, ...more, "--requirement", join(dbtFolder, file)],
      ]);

      expect(stdout).toMatch(/Would install .*\bdbt-/);
    },
    120_000,
  );
});
