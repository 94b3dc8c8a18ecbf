import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../shared/config/checkout.ts";
import { waitFor } from "../../support/wait-for.ts";

const bin = join(projectRoot, "cli/bin.ts");
const launcher = join(projectRoot, "baton");

describe("./baton", () => {
  it("prints the version of package.json", async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8")) as { version: string };

    const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"]);

    expect(stdout).toBe(`${version}\n`);
  });

  it("wraps help at 80 columns, except commands, which must stay whole", async () => {
    for (const command of ["dbt", "adopt", "review"]) {
      const { stdout } = await promisify(execFile)(process.execPath, [bin, command, "--help"]);
      const long = stdout.split("\n").filter((line) => line.length > 80);

      expect(long.filter((line) => !/^ +\S*\.?\/baton \S/.test(line))).toEqual([]);
      expect(stdout).toMatch(/\nExamples:\n {2}\.\/baton/);
    }
  });

  it("leaves no partial sample when it is interrupted", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sample-"));
    const args = ["sample", "--size", "500MB", "--out", join(folder, "a.sql")];
    const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await waitFor("the partial file", async () => ((await readdir(folder)).length > 0 ? true : undefined));

    child.kill("SIGINT");

    expect(await ended).toBe(130);
    expect(errors).toContain("interrupted: ");
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it("completes in bash, by the path that was typed", async () => {
    const script = `source <("$0" completion bash); COMP_WORDS=(./baton runs --state = fa); COMP_CWORD=4
      complete -p baton; _baton ./baton; echo "\${COMPREPLY[*]}"`;

    const { stdout } = await promisify(execFile)("bash", ["-c", script, launcher], { cwd: projectRoot });

    expect(stdout).toBe("complete -o bashdefault -o default -F _baton baton\nfailed\n");
  });

  it.each(["zsh", "fish"])("has a script that %s can read, where it is installed", async (shell) => {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, "completion", shell]);
    const read = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });

    expect(stdout).toContain("completion words --");
    // no shell, no check: CI and most machines lack them
    if (read.error === undefined) expect(read).toMatchObject({ status: 0, stderr: "" });
  });

  it("exits without an error when the reader closes the pipe", async () => {
    const child = spawn(process.execPath, [bin, "grants"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));

    const code = await new Promise((resolve) => child.once("close", resolve));

    expect({ code, errors }).toEqual({ code: 141, errors: "" });
  });
});
