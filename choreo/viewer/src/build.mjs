// Bundles the viewer with three.js into ../viewer.min.js. Its first line tells which sources it was made of.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { build } from "esbuild";

process.chdir(import.meta.dirname);
const sources = readdirSync(".").filter(name => name.endsWith(".js") || name === "package.json").sort();
const hash = createHash("sha256");
for (const name of sources) hash.update(readFileSync(name));

await build({
  entryPoints: ["main.js"],
  outfile: "../viewer.min.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  legalComments: "inline",
  banner: { js: `/* choreo viewer, sources ${hash.digest("hex").slice(0, 16)}; with three.js, MIT licence */` },
});
copyFileSync("node_modules/three/LICENSE", "../three.LICENSE.txt");
