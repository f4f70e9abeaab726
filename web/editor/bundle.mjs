// Bundles the code editor: `node web/editor/bundle.mjs FILE` writes it there, minified. The build of the site calls it (see
// web/src/bin/prerender.rs).

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

await build({
  entryPoints: [fileURLToPath(new URL("editor.js", import.meta.url))],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
});
