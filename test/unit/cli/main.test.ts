import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../local/paths.ts";
import { waitFor } from "../../support/wait-for.ts";

const bin = join(projectRoot, "cli/bin.ts");

describe("./baton", () => {
  it("prints the version of package.json", async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8")) as { version: string };

    const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"]);

    expect(stdout).toBe(`${version}\n`);
  });

  it("leaves no part of a sample when it is interrupted", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sample-"));
    const args = ["sample", "--size", "500MB", "--out", join(folder, "a.sql")];
    const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await waitFor("the part", async () => ((await readdir(folder)).length > 0 ? true : undefined));

    child.kill("SIGINT");

    expect(await ended).toBe(130);
    expect(errors).toContain("interrupted: ");
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it("ends quietly when its reader has closed the pipe", async () => {
    const child = spawn(process.execPath, [bin, "grants"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));

    const code = await new Promise((resolve) => child.once("close", resolve));

    expect({ code, errors }).toEqual({ code: 141, errors: "" });
  });
});
