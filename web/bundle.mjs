// Bundles a part of the page that is written in JavaScript with what it takes from npm: `node web/bundle.mjs ENTRY FILE` writes it there,
// minified. The build of the site calls it (see web/src/bin/prerender.rs).

import { build } from "esbuild";

const [entry, outfile] = process.argv.slice(2);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
});
