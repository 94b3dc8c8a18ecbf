import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { readBundling, readLayerTable } from "./layer-table.ts";
import { projectRoot } from "../shared/config/checkout.ts";

/** Functions other than layers that run dbt. */
const OTHERS = ["functions/docs/handler", "functions/review/handler"];

/**
 * Bundles the handlers of the functions that run dbt for their image, with the options of the others (`custom.esbuild` in
 * serverless.yml): `node local/bundle-functions.ts FOLDER` writes
 * `FOLDER/functions/<function>/handler.js`.
 */
async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    process.stderr.write("usage: node local/bundle-functions.ts FOLDER\n");
    return 2;
  }
  const layers = (await readLayerTable()).filter(({ listensTo }) => listensTo !== undefined);
  const handlers = new Set([...layers.map(({ handler }) => handler), ...OTHERS]);
  // the options that only serverless-esbuild knows; no handler here has page assets
  const { packager: _packager, keepOutputDirectory: _keep, plugins: _plugins, ...options } = await readBundling();
  await build({
    ...options,
    entryPoints: [...handlers].map((handler) => join(projectRoot, `${handler}.ts`)),
    outbase: projectRoot,
    outdir: folder,
    logLevel: "error",
  });
  // makes the bundles CommonJS, whatever package.json is above the folder
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  return 0;
}

process.exitCode = await main(process.argv[2]);
