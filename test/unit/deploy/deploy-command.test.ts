import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../../shared/config/checkout.ts";

const read = (file: string): Promise<string> => readFile(join(projectRoot, file), "utf8");

describe("npm run deploy", () => {
  it.each([[["--stage", "nosuch"]], [["--stage=nosuch"]], [["nosuch"]]])(
    "runs deploy/deploy for the environment: %s",
    (args) => {
      const env = { PATH: process.env["PATH"], HOME: process.env["HOME"] };

      const { stderr, status } = spawnSync("npm", ["run", "--silent", "deploy", "--", ...args], {
        ...{ cwd: projectRoot, encoding: "utf8", env },
      });

      // it stops before the first request, because the environment has no settings
      expect(stderr).toContain("deploy: error: CLUSTER is not set");
      expect(stderr).toContain("deploy/nosuch.env");
      expect(status).toBe(1);
    },
  );

  it("explains its use without an environment", () => {
    const { stderr, status } = spawnSync(join(projectRoot, "deploy/deploy"), ["--stage"], { encoding: "utf8" });

    expect(stderr).toMatch(/^usage: deploy\/deploy \[--stage\] ENVIRONMENT/);
    expect(status).toBe(2);
  });
});

describe("the workflow", () => {
  it("sets each variable that deploy/deploy reads, and the guide stores each in the repository", async () => {
    const command = (await read("deploy/deploy")).replaceAll(/^\s*#.*$/gm, "");
    const readThere = [...new Set([...command.matchAll(/\$\{?([A-Z]\w+)/g)].map(([, name = ""]) => name))];
    const variables = readThere.filter((name) => !["COMMAND", "BASH_SOURCE", "PATH"].includes(name)).sort();
    const workflow = await read("deploy/github/deploy.yml");
    const stored = / in ([A-Z_ ]+); do\n.*gh variable set/s.exec(await read("docs/deploy.md"))?.[1]?.split(" ");

    expect(variables).toContain("CLUSTER_ID");
    expect(variables.filter((name) => !new RegExp(`^ +(export )?${name}\\b`, "m").test(workflow))).toEqual([]);
    expect([...(stored ?? []), "DBT_IMAGE"].sort()).toEqual(variables);
  });
});

describe("deploy/image", () => {
  it("wants an environment, whose repository it uses only if nobody can overwrite a tag", async () => {
    const folder = await mkdtemp(join(tmpdir(), "baton-image-"));
    const run = (...args: string[]) =>
      spawnSync(join(folder, "deploy/image"), args, {
        ...{
          encoding: "utf8",
          env: { PATH: `${folder}/.git/bin:${process.env["PATH"] ?? ""}`, AWS_REGION: "r", HOME: folder },
        },
      });
    await mkdir(join(folder, "deploy"));
    await cp(join(projectRoot, "deploy/image"), join(folder, "deploy/image"));
    for (const args of [["init"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-m", "x"]])
      spawnSync("git", args, { cwd: folder });
    // in place of the AWS command, with the registry's answers
    await mkdir(join(folder, ".git/bin"));
    const answers = `case "$*" in *describe-repositories*baton-prod-dbt*) echo "$(cat "$HOME/.git/mutability")" ;; *describe-images*) echo sha256:1 ;; *) echo 1 ;; esac`;
    await writeFile(join(folder, ".git/bin/aws"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
    const withTags = async (mutability: string) => {
      await writeFile(join(folder, ".git/mutability"), mutability);
      return run("prod");
    };

    expect(run()).toMatchObject({ status: 2, stderr: "usage: deploy/image ENVIRONMENT\n" });
    expect(await withTags("MUTABLE")).toMatchObject({
      ...{ status: 1, stdout: "" },
      stderr: expect.stringContaining("the tags of repository baton-prod-dbt can be overwritten") as string,
    });
    expect(await withTags("IMMUTABLE")).toMatchObject({
      stdout: "1.dkr.ecr.r.amazonaws.com/baton-prod-dbt@sha256:1\n",
      ...{ status: 0, stderr: "" },
    });
    await rm(folder, { recursive: true });
  });
});

describe("the image", () => {
  it.each([
    ["install", ["venv", "./python"]],
    ["bake", ["./python", "", "layers"]],
  ])("runs Python without the libraries of Lambda's Node: dbt/%s", async (script, args) => {
    const folder = await mkdtemp(join(tmpdir(), "python-"));
    await writeFile(join(folder, "layers"), "silver\n");
    await writeFile(join(folder, "python"), '#!/bin/sh\necho "libraries: ${LD_LIBRARY_PATH-none}"; exit 3\n');
    await chmod(join(folder, "python"), 0o755);

    const { stdout, status } = spawnSync("bash", [join(projectRoot, "dbt", script), ...args], {
      ...{ encoding: "utf8", cwd: folder },
      env: { PATH: process.env["PATH"], LD_LIBRARY_PATH: "/var/lang/lib" },
    });

    expect({ stdout, status }).toEqual({ stdout: "libraries: none\n", status: 3 });
    await rm(folder, { recursive: true });
  });

  it("is built on a base image that is pinned by digest", async () => {
    expect(await read("dbt/Dockerfile")).toMatch(/^ARG BASE=public\.ecr\.aws\/lambda\/nodejs:24@sha256:[0-9a-f]{64}$/m);
  });
});

describe("serverless.yml", () => {
  const configurationSchema = z.looseObject({
    frameworkVersion: z.string(),
    plugins: z.array(z.string()),
    build: z.looseObject({ esbuild: z.unknown() }).optional(),
  });

  // Serverless Framework 4 has its own esbuild. With this plug-in it stops, unless `build.esbuild` is false.
  it("is for osls 4 only, as the guide says: Serverless Framework 4 refuses its plug-in", async () => {
    const { plugins, build, frameworkVersion } = configurationSchema.parse(parse(await read("serverless.yml")));
    const { name, version } = z
      .object({ name: z.string(), version: z.string() })
      .parse(JSON.parse(await read("node_modules/serverless/package.json")));
    const guide = (await read("docs/deploy.md")).replaceAll(/\s+/g, " ");

    expect(plugins).toContain("serverless-esbuild");
    expect(build?.esbuild).not.toBe(false);
    expect({ name, major: version.split(".")[0] }).toEqual({ name: "osls", major: frameworkVersion });
    expect(guide).toContain("Serverless Framework 4 refuses the plug-in `serverless-esbuild`, so it cannot deploy");
  });
});

describe("a command of serverless that cannot work with Baton", () => {
  it.each([
    ["info", /stage local is on this machine: \.\/baton local status/],
    ["invoke local --function silver", /run it on this machine: \.\/baton local up.*\.\/baton logs LAYER/],
  ])(
    "says what to use instead: %s",
    (command, advice) => {
      const { AWS_ENDPOINT_URL: _, ...env } = process.env;
      const { stdout, stderr, status } = spawnSync("npx", ["serverless", ...command.split(" ")], {
        ...{ cwd: projectRoot, encoding: "utf8" },
        env: { ...env, SLS_TELEMETRY_DISABLED: "1", SLS_NOTIFICATIONS_MODE: "off" },
      });

      expect(status).toBe(1);
      expect(stdout + stderr).toMatch(advice);
    },
    60_000,
  );
});
