import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../local/paths.ts";

const bin = join(projectRoot, "cli/bin.ts");

describe("./baton", () => {
  it("prints the version of package.json", async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8")) as { version: string };

    const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"]);

    expect(stdout).toBe(`${version}\n`);
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
