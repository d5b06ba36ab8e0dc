/** Builds all that is shipped: the CLI, the function, the library and its types, and the licences of what they carry. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";
import { licences } from "./licences.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
/** Inline code: CloudFormation takes 51,200 bytes of template, and what loads on every cold start should be small. */
const functionLimit = 20_000;

const common = { bundle: true, platform: "node", target: "node20", metafile: true, logLevel: "warning" };

const cli = { outdir: "dist", define: { VERSION: JSON.stringify(version) } };
/** What the command loads when it is asked for: `./commands/setup.ts` becomes `./setup.mjs`. */
const loadedLater = [
  ...readdirSync("src/cli/commands").map((file) => `src/cli/commands/${file}`),
  "src/cli/render/error.ts",
];
const later = ({ path, kind }) =>
  kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.mjs`, external: true } : undefined;

const results = await Promise.all([
  build({
    ...common,
    entryPoints: { "function/index": "src/lambda/function.ts" },
    outdir: "dist",
    format: "cjs",
    minify: true,
    // It assigns `module.exports`, and is CommonJS in the end.
    logOverride: { "commonjs-variable-in-esm": "silent" },
  }),
  build({
    ...common,
    entryPoints: { "lambda/index": "src/lambda/index.ts" },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    format: "esm",
  }),
  build({
    ...common,
    ...cli,
    entryPoints: { "cli/main": "src/cli/main.ts" },
    outExtension: { ".js": ".cjs" },
    // Node starts it sooner than a module; what it loads later are modules.
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
    // The SDK's ES modules: as CommonJS each client comes whole, with what no command calls.
    mainFields: ["module", "main"],
    // node-fetch falls back on it where Node has no URL; it loads `punycode`, of which Node 21 and later warn.
    alias: { "whatwg-url": "node:url" },
    // Dependencies that are CommonJS call `require`, which a module does not have.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  }),
]);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });

const { bytes } = results[0].metafile.outputs["dist/function/index.js"];
if (bytes > functionLimit) throw new Error(`the function is ${bytes} bytes, more than ${functionLimit}`);
console.error(`dist/function/index.js  ${bytes} bytes`);

// Only now, so that a command that runs meanwhile finds its chunks.
const written = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const file of existsSync("dist/cli") ? readdirSync("dist/cli") : [])
  if (!written.has(`dist/cli/${file}`)) rmSync(`dist/cli/${file}`);

writeFileSync("THIRD_PARTY_LICENSES", licences(results.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
