import { execFileSync } from "node:child_process";
import { projectRoot } from "../../../shared/config/checkout.ts";

const SCRIPT = `import { colours } from "./cli/output/colours.ts"; process.stdout.write(colours.red("failed"));`;
const print = (env: NodeJS.ProcessEnv): string =>
  execFileSync(process.execPath, ["--input-type=module", "--eval", SCRIPT], {
    cwd: projectRoot,
    env: { PATH: process.env["PATH"], ...env },
    encoding: "utf8",
  });

describe("colours", () => {
  it("leave a pipe without escape codes, also in a CI job", () => {
    expect(print({})).toBe("failed");
    expect(print({ CI: "true", GITHUB_ACTIONS: "true" })).toBe("failed");
  });

  it("are written to a pipe on request", () => {
    expect(print({ FORCE_COLOR: "1" })).toBe("\u001b[31mfailed\u001b[39m");
  });
});
