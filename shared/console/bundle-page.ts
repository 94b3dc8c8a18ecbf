import { join } from "node:path";
import { build } from "esbuild";
import type { PageAssets } from "./render-page.ts";

const CLIENT = join(import.meta.dirname, "client");

/** Minimum versions from the last two years, which `light-dark()` in the style sheet requires. */
const BROWSERS = ["chrome123", "firefox120", "safari17.5"];

/** Bundles the page's script with its chart library, and its style sheet. Needs the development packages. */
export async function bundlePage(): Promise<PageAssets> {
  const bundled = await build({
    entryPoints: [join(CLIENT, "main.ts"), join(CLIENT, "page.css")],
    outdir: "page",
    bundle: true,
    minify: true,
    write: false,
    target: BROWSERS,
    // strict mode, like the sources
    format: "iife",
    legalComments: "none",
    logLevel: "silent",
  });
  const textOf = (ending: string): string => bundled.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return { script: textOf("main.js"), style: textOf("page.css") };
}
