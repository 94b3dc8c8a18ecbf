import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "./paths.ts";

/**
 * Bundles handlers for an image, as serverless-esbuild bundles the others (`custom.esbuild` in serverless.yml):
 * `node local/bundle-functions.ts FOLDER FUNCTION...` makes `FOLDER/functions/<function>/handler.js` of each.
 */
async function main(folder: string | undefined, names: readonly string[]): Promise<number> {
  if (folder === undefined || names.length === 0) {
    process.stderr.write("usage: node local/bundle-functions.ts FOLDER FUNCTION...\n");
    return 2;
  }
  await build({
    entryPoints: names.map((name) => join(projectRoot, "functions", name, "handler.ts")),
    outbase: projectRoot,
    outdir: folder,
    bundle: true,
    sourcemap: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "error",
  });
  // wherever the folder lies: the bundles are CommonJS
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  return 0;
}

process.exitCode = await main(process.argv[2], process.argv.slice(3));
