import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { readLayerTable } from "./layer-table.ts";
import { projectRoot } from "../shared/config/checkout.ts";

/** Functions other than layers that run dbt. */
const OTHERS = ["functions/docs/handler"];

/**
 * Bundles the handlers of the functions that run dbt for their image, as serverless-esbuild bundles the others
 * (`custom.esbuild` in serverless.yml): `node local/bundle-functions.ts FOLDER` writes
 * `FOLDER/functions/<function>/handler.js`.
 */
async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    process.stderr.write("usage: node local/bundle-functions.ts FOLDER\n");
    return 2;
  }
  const layers = (await readLayerTable()).filter(({ listensTo }) => listensTo !== undefined);
  const handlers = new Set([...layers.map(({ handler }) => handler), ...OTHERS]);
  await build({
    entryPoints: [...handlers].map((handler) => join(projectRoot, `${handler}.ts`)),
    outbase: projectRoot,
    outdir: folder,
    bundle: true,
    sourcemap: true,
    sourcesContent: false,
    platform: "node",
    mainFields: ["module", "main"],
    target: "node24",
    format: "cjs",
    logLevel: "error",
  });
  // makes the bundles CommonJS, whatever package.json is above the folder
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  return 0;
}

process.exitCode = await main(process.argv[2]);
