/** Builds the package: the CLI, the function, the library with its types, and the licences of bundled packages. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";
import { licences } from "./licences.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
/** The template carries the function inline (CloudFormation accepts 51,200 bytes), and every cold start loads it. */
const functionLimit = 34_000;
/** The default of `src/core/actions/allowed.ts`; `setup` replaces the line. */
const allowed = [{ action: "create", group: "apps", version: "v1", resource: "deployments", kind: "Deployment" }];

const common = {
  ...{ bundle: true, platform: "node", target: "node20", metafile: true, logLevel: "warning" },
  define: { VERSION: JSON.stringify(version) },
};

const cli = { outdir: "dist" };
/** Modules that the command loads on demand: `./commands/setup.ts` becomes `./setup.mjs`. */
const loadedLater = [
  ...readdirSync("src/cli/commands").map((file) => `src/cli/commands/${file}`),
  "src/cli/render/error.ts",
];
const later = ({ path, kind }) =>
  kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.mjs`, external: true } : undefined;

/** The library stays in modules, so that a user's bundler leaves out those that are not used. */
const { metafile } = await build({
  ...common,
  entryPoints: ["src/lambda/index.ts", "src/lambda/methods.ts"],
  outdir: "dist",
  write: false,
});
const modules = Object.keys(metafile.inputs);
const apart = ({ path, kind }) =>
  kind === "entry-point" ? undefined : { path: path.replace(/ts$/, "js"), external: true };

for (const folder of ["dist/esm", "dist/cjs"]) rmSync(folder, { recursive: true, force: true });

const results = await Promise.all([
  build({
    ...common,
    entryPoints: { "function/index": "src/lambda/function.ts" },
    outdir: "dist",
    format: "cjs",
    minify: true,
    banner: { js: `"use strict";\nconst ALLOWED=${JSON.stringify(allowed)};` },
    // The source assigns `module.exports`; the output is CommonJS.
    logOverride: { "commonjs-variable-in-esm": "silent" },
  }),
  ...["esm", "cjs"].map((format) =>
    build({
      ...common,
      format,
      entryPoints: modules,
      outbase: "src",
      outdir: `dist/${format}`,
      plugins: [{ name: "apart", setup: ({ onResolve }) => onResolve({ filter: /^\.\.?\// }, apart) }],
    }),
  ),
  build({
    ...common,
    ...cli,
    entryPoints: { "cli/main": "src/cli/main.ts" },
    outExtension: { ".js": ".cjs" },
    // Node starts CommonJS faster than ES modules. Modules that load on demand are ESM.
    format: "cjs",
    plugins: [{ name: "later", setup: ({ onResolve }) => onResolve({ filter: /^\.\// }, later) }],
  }),
  build({
    ...common,
    ...cli,
    entryPoints: loadedLater,
    entryNames: "cli/[name]",
    outExtension: { ".js": ".mjs" },
    chunkNames: "cli/[name]-[hash]",
    format: "esm",
    splitting: true,
    // Prefer the SDK's ES modules: esbuild cannot drop unused code from CommonJS.
    mainFields: ["module", "main"],
    // node-fetch needs whatwg-url only without Node's URL. It loads `punycode`, which Node 21 and later warn about.
    alias: { "whatwg-url": "node:url" },
    // CommonJS dependencies call `require`, which ES modules lack.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  }),
]);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
for (const file of readdirSync("dist/esm", { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
  // tsc leaves the sources' extensions in declarations.
  const types = readFileSync(`dist/esm/${file}`, "utf8").replace(/(["']\.{1,2}\/[^"']*)\.ts(["'])/g, "$1.js$2");
  for (const format of ["esm", "cjs"]) writeFileSync(`dist/${format}/${file}`, types);
}
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs", "sideEffects": false }\n');

const { bytes } = results[0].metafile.outputs["dist/function/index.js"];
if (bytes > functionLimit) throw new Error(`the function is ${bytes} bytes, more than ${functionLimit}`);
console.error(`dist/function/index.js  ${bytes} bytes`);

// Delete old chunks only now: a command that was started during the build may still load them.
const written = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const file of existsSync("dist/cli") ? readdirSync("dist/cli") : [])
  if (!written.has(`dist/cli/${file}`)) rmSync(`dist/cli/${file}`);

writeFileSync("THIRD_PARTY_LICENSES", licences(results.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
