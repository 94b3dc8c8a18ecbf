import { refusedPackages } from "../../../local/supply-chain/licence-policy.ts";

describe("the licence policy", () => {
  it.each([
    ["MIT", false],
    ["(MIT OR GPL-3.0-only)", false],
    ["Apache-2.0 AND MIT", false],
    ["Apache-2.0 AND GPL-3.0-only", true],
    ["License :: OSI Approved :: BSD License", false],
    ["AGPL-3.0-only", true],
    ["SEE LICENSE IN LICENSE.md", true],
  ])("%s: refused is %p", (licence, isRefused) => {
    const found = { name: "parser", version: "1.0.0", licences: [licence] };

    expect(refusedPackages([found])).toEqual(isRefused ? [found] : []);
  });

  it("refuses a package that names no licence", () => {
    expect(refusedPackages([{ name: "parser", version: "1.0.0", licences: [] }])).toHaveLength(1);
  });
});
