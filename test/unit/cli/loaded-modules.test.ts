import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { projectRoot } from "../../../shared/config/checkout.ts";

/** The checkout's layer table, which every environment uses. */
const SHARED = ["local/layer-table.ts"];

describe("what a command loads", () => {
  let inputs: Metafile["inputs"];

  beforeAll(async () => {
    const names = await readdir(join(projectRoot, "cli/commands"));
    const { metafile } = await build({
      absWorkingDir: projectRoot,
      entryPoints: ["cli/bin.ts", "cli/stage/local-stage.ts", ...names.map((name) => `cli/commands/${name}`)],
      outdir: "none",
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "error",
    });
    ({ inputs } = metafile);
  }, 60_000);

  /** Files and packages that are loaded with an entry, without its dynamic imports. */
  function loadedWith(...entries: string[]): string[] {
    const loaded = new Set(entries);
    for (const file of loaded) {
      for (const { path, kind } of inputs[file]?.imports ?? []) if (kind === "import-statement") loaded.add(path);
    }
    return [...loaded];
  }

  it("is nothing of local/ or test/ for an environment in AWS", () => {
    const commands = Object.keys(inputs).filter((file) => /^cli\/(bin|commands\/.*)\.ts$/.test(file));

    const loaded = loadedWith(...commands);

    expect(loaded.filter((file) => /^(local|test)\//.test(file) && !SHARED.includes(file))).toEqual([]);
    expect(loaded).toEqual(expect.arrayContaining(["cli/stage/open-stage.ts", "shared/ledger/open-ledger.ts"]));
    expect(loadedWith("cli/stage/local-stage.ts")).toContain("local/local-status.ts");
  });

  it.each(["status", "runs", "quality", "backups", "target"])(
    "is neither the AWS SDK nor the YAML parser to read the local stack: %s",
    (command) => {
      const loaded = loadedWith("cli/bin.ts", `cli/commands/${command}.ts`, "cli/stage/local-stage.ts");

      expect(loaded.filter((file) => file.startsWith("@aws-sdk/") || file === "yaml")).toEqual([]);
      expect(loaded).toContain("mysql2/promise");
      expect(loadedWith("cli/commands/alerts.ts")).toContain("@aws-sdk/client-sqs");
      expect(loadedWith("cli/stage/function-names.ts")).toContain("yaml");
    },
  );
});
