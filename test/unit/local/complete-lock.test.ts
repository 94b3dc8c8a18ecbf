import { readFileSync } from "node:fs";
import { join } from "node:path";
import { completeLock } from "../../../local/complete-lock.ts";

describe("package-lock.json", () => {
  it("names the optional packages of all platforms, so that npm ci works on each", () => {
    const text = readFileSync(join(__dirname, "../../../package-lock.json"), "utf8");

    expect(JSON.parse(completeLock(text))).toEqual(JSON.parse(text));
  });

  it("gets an entry with operating system and processor for a package that was left out", () => {
    const packages = {
      "": { version: "1.0.0" },
      "node_modules/tool": { version: "2.0.0", optionalDependencies: { "tool-darwin-arm64": "2.0.0" } },
    };

    const lock: unknown = JSON.parse(completeLock(JSON.stringify({ packages })));

    expect(lock).toMatchObject({
      packages: {
        "node_modules/tool-darwin-arm64": { version: "2.0.0", os: ["darwin"], cpu: ["arm64"], optional: true },
      },
    });
  });
});
