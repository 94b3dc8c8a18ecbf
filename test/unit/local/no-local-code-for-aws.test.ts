import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "../../../local/paths.ts";

/** The checkout's layer table, which every environment uses. */
const SHARED = ["local/layer-table.ts"];

/** Files that are loaded with an entry, without its dynamic imports. */
async function loadedWith(entries: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [...entries],
    outdir: "none",
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  const loaded = new Set(entries);
  for (const file of loaded) {
    const { imports = [] } = metafile.inputs[file] ?? {};
    for (const { path, kind, external } of imports) {
      if (kind === "import-statement" && external !== true) loaded.add(path);
    }
  }
  return [...loaded];
}

describe("a command for an environment in AWS", () => {
  it("loads nothing of local/ or test/", async () => {
    const names = await readdir(join(projectRoot, "cli/commands"));
    const entries = ["cli/bin.ts", ...names.map((name) => `cli/commands/${name}`)];

    const loaded = await loadedWith(entries);

    expect(loaded.filter((file) => /^(local|test)\//.test(file) && !SHARED.includes(file))).toEqual([]);
    expect(loaded).toEqual(expect.arrayContaining(["cli/stage/open-stage.ts", "shared/ledger/open-ledger.ts"]));
  });

  it("is found to load it where it does", async () => {
    expect(await loadedWith(["cli/stage/local-stage.ts"])).toContain("local/stack.ts");
  });
});
