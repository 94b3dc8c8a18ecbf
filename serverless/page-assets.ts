import type { Plugin } from "esbuild";
import { bundlePage } from "../shared/console/bundle-page.ts";

/** Plug-in of the bundler: includes the script and style of the console page in the console function. */
const pageAssets: Plugin = {
  name: "page-assets",
  setup(build) {
    build.onResolve({ filter: /^baton:page-assets$/ }, ({ path }) => ({ path, namespace: "page-assets" }));
    build.onLoad({ filter: /.*/, namespace: "page-assets" }, async () => ({
      contents: JSON.stringify(await bundlePage()),
      loader: "json",
    }));
  },
};

export default [pageAssets];
