// Bundles what browsers run, with three.js: the viewer of a web page, and the studio. The first line of each tells which
// sources it was made of.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { build } from "esbuild";

process.chdir(import.meta.dirname);
const shared = readdirSync(".").filter(name => name.endsWith(".js") || name === "package.json");
const studio = readdirSync("studio", { recursive: true }).map(name => `studio/${name}`).filter(name => name.endsWith(".js"));
const bundles = [
  { name: "viewer", entry: "main.js", outfile: "../viewer.min.js", sources: shared },
  { name: "studio", entry: "studio/main.js", outfile: "../../studio/page/studio.min.js", sources: [...shared, ...studio] },
];
for (const { name, entry, outfile, sources } of bundles) {
  const hash = createHash("sha256");
  for (const source of sources.sort()) hash.update(readFileSync(source));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "inline",
    banner: { js: `/* choreo ${name}, sources ${hash.digest("hex").slice(0, 16)}; with three.js, MIT licence */` },
  });
}
copyFileSync("node_modules/three/LICENSE", "../three.LICENSE.txt");
