import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../shared/config/checkout.ts";

/** The imports of each file within the project, including types: no available lint rule follows type-only imports. */
const imports = new Map(
  globSync("{cli,events,functions,local,serverless,shared,test}/**/*.{ts,cjs}", { cwd: projectRoot }).map((file) => [
    file,
    [
      ...readFileSync(join(projectRoot, file), "utf8").matchAll(/(?: from |import |import\(|require\()"(\.[^"]+)"/g),
    ].map(([, path = ""]) => join(dirname(file), path)),
  ]),
);

/** The first cycle reachable from a file, as a path; undefined if there is none. */
function cycleFrom(file: string, path: readonly string[], clean: Set<string>): readonly string[] | undefined {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (clean.has(file)) return undefined;
  for (const imported of imports.get(file) ?? []) {
    const cycle = cycleFrom(imported, [...path, file], clean);
    if (cycle !== undefined) return cycle;
  }
  clean.add(file);
  return undefined;
}

describe("the import graph", () => {
  it("has no cycle, not even of types", () => {
    const clean = new Set<string>();

    const cycles = [...imports.keys()].flatMap((file) => cycleFrom(file, [], clean)?.join(" -> ") ?? []);

    expect(imports.size).toBeGreaterThan(500);
    expect(cycles).toEqual([]);
  });
});
