"use strict";
// Plug-in of the bundler: script and style of the console page go into the function that writes it.
const { bundlePage } = require("../shared/console/bundle-page.ts");

module.exports = [
  {
    name: "page-assets",
    setup(build) {
      build.onResolve({ filter: /^baton:page-assets$/ }, ({ path }) => ({ path, namespace: "page-assets" }));
      build.onLoad({ filter: /.*/, namespace: "page-assets" }, async () => ({
        contents: JSON.stringify(await bundlePage()),
        loader: "json",
      }));
    },
  },
];
