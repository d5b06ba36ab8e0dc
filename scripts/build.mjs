/** Builds the package: the CLI, the function, the library with its types, and the licences of bundled packages. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { licences } from "./licences.mjs";
import { htmlOf } from "./page.mjs";
import { marking } from "./parts.mjs";
import { smaller } from "./smaller.mjs";
import { inputsOf, remember } from "./stamp.mjs";
import { strip } from "./strip.mjs";

const inputs = inputsOf(".");
const { version, homepage } = JSON.parse(readFileSync("package.json", "utf8"));
/** The template carries the function inline (CloudFormation accepts 51,200 bytes), and every cold start loads it. */
const functionLimit = 34_000;

const common = {
  ...{ bundle: true, platform: "node", target: "node20", metafile: true, logLevel: "warning" },
  define: { VERSION: JSON.stringify(version), HOMEPAGE: JSON.stringify(homepage ?? "") },
};

/** What `setup` uses to write the function. */
const { codeFor, defaultAllowed } = await source("src/core/actions/allowed.ts");

/** Imports a module of the sources. */
async function source(path) {
  const { outputFiles } = await build({ ...common, entryPoints: [path], format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const cli = { outdir: "dist" };
/** Modules that the command loads on demand: `./commands/setup.ts` becomes `./setup.mjs`. */
const loadedLater = [
  ...readdirSync("src/cli/commands").map((file) => `src/cli/commands/${file}`),
  "src/cli/render/error.ts",
  "src/testing/embedded.ts",
];
const later = ({ path, kind }) =>
  kind === "dynamic-import" ? { path: `./${basename(path, ".ts")}.mjs`, external: true } : undefined;

/**
 * The library stays in modules, so that a user's bundler leaves out those that are not used. For tests, `embedded` loads
 * the command's copy of the sandbox. The contexts of jest have no `import()`, so there it is Node's own.
 */
const library = ["src/lambda/index.ts", "src/lambda/methods.ts", "src/testing/index.ts"];
const copies = {
  esm: `export * from "../../cli/embedded.mjs";`,
  cjs: `
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { constants, runInThisContext } from "node:vm";
const own = { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
const load = (url) => (process.env.JEST_WORKER_ID ? runInThisContext("(url) => import(url)", own)(url) : import(url));
export async function startEmbedded(options) {
  const embedded = await load(pathToFileURL(resolve(__dirname, "../../cli/embedded.mjs")).href);
  return embedded.startEmbedded(options);
}
`,
};
const without = {
  name: "without",
  setup: ({ onResolve }) => onResolve({ filter: /\/sandbox\// }, () => ({ external: true })),
};
const { metafile } = await build({ ...common, entryPoints: library, outdir: "dist", write: false, plugins: [without] });
const modules = Object.keys(metafile.inputs);
const apart = ({ path, kind }) =>
  kind === "entry-point" ? undefined : { path: path.replace(/ts$/, "js"), external: true };

for (const folder of ["dist/esm", "dist/cjs", "dist/cdk"]) rmSync(folder, { recursive: true, force: true });

const results = await Promise.all([
  build({
    ...common,
    // With the code of every action. `setup` leaves out what was not allowed.
    entryPoints: { "actions/index": "src/lambda/function.ts" },
    outdir: "dist",
    legalComments: "inline",
    plugins: [await marking("src/lambda/function.ts", common)],
    format: "cjs",
    minify: true,
    banner: { js: `"use strict";\nconst ALLOWED=${JSON.stringify(defaultAllowed)};` },
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
      plugins: [
        {
          name: "apart",
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^\.\.?\// }, apart);
            onLoad({ filter: /testing\/embedded\.ts$/ }, () => ({ contents: copies[format] }));
          },
        },
      ],
    }),
  ),
  build({
    ...common,
    entryPoints: { "cdk/index": "src/cdk/index.ts" },
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    // As aws-cdk-lib, which an app must have once.
    format: "cjs",
    external: ["aws-cdk-lib", "constructs"],
  }),
  build({
    ...common,
    ...cli,
    entryPoints: { "cli/main": "src/cli/main.ts" },
    outExtension: { ".js": ".cjs" },
    // Node starts CommonJS faster than ES modules. Modules that load on demand are ESM.
    format: "cjs",
    plugins: [...smaller, { name: "later", setup: ({ onResolve }) => onResolve({ filter: /^\.\// }, later) }],
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
    plugins: smaller,
    // The SDK names browsers with it.
    external: ["bowser"],
    // Prefer the SDK's ES modules: esbuild cannot drop unused code from CommonJS.
    mainFields: ["module", "main"],
    // CommonJS dependencies call `require`, which ES modules lack.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  }),
]);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
const declarations = new Set();
for (const file of library) declare(file.replace(/^src(.*)\.ts$/, "dist/esm$1.d.ts"));
for (const file of readdirSync("dist/esm", { recursive: true }).filter((name) => name.endsWith(".d.ts")))
  if (!declarations.has(`dist/esm/${file}`)) rmSync(`dist/esm/${file}`);

/** Copies the declarations of a module and of those that it names, with the extensions that tsc leaves in them. */
function declare(file) {
  if (declarations.has(file)) return;
  declarations.add(file);
  const types = readFileSync(file, "utf8").replace(/(["']\.{1,2}\/[^"']*)\.ts(["'])/g, "$1.js$2");
  const copy = file.replace("dist/esm", "dist/cjs");
  mkdirSync(dirname(copy), { recursive: true });
  for (const path of [file, copy]) writeFileSync(path, types);
  for (const [, path] of types.matchAll(/["'](\.{1,2}\/[^"']*)\.js["']/g))
    declare(join(dirname(file), `${path}.d.ts`).replaceAll("\\", "/"));
}
/** From its text alone, because aws-cdk-lib is not here: test/cdk checks its types. */
const cdk = ts.transpileDeclaration(readFileSync("src/cdk/index.ts", "utf8"), {
  fileName: "index.ts",
  reportDiagnostics: true,
  compilerOptions: { isolatedDeclarations: true, declaration: true, module: ts.ModuleKind.NodeNext },
});
for (const { messageText } of cdk.diagnostics ?? []) throw new Error(`src/cdk/index.ts: ${messageText}`);
writeFileSync("dist/cdk/index.d.cts", cdk.outputText);

writeFileSync("dist/cjs/package.json", '{ "type": "commonjs", "sideEffects": false }\n');

/** What template.yml deploys by itself, and `setup` without `--allow`. */
const stock = codeFor(defaultAllowed, readFileSync("dist/actions/index.js", "utf8"));
mkdirSync("dist/function", { recursive: true });
writeFileSync("dist/function/index.js", stock);
const bytes = Buffer.byteLength(stock);
if (bytes > functionLimit) throw new Error(`the function is ${bytes} bytes, more than ${functionLimit}`);
console.error(`dist/function/index.js  ${bytes} bytes`);

const written = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
await strip([...written].filter((path) => path.startsWith("dist/cli/")));

// Delete old chunks only now: a command that was started during the build may still load them.
for (const file of existsSync("dist/cli") ? readdirSync("dist/cli") : [])
  if (!written.has(`dist/cli/${file}`)) rmSync(`dist/cli/${file}`);

writeFileSync("dist/troubleshooting.html", htmlOf(readFileSync("docs/troubleshooting.md", "utf8"), "../docs"));

/** The modules of which something is left. */
const bundled = results
  .flatMap(({ metafile }) => Object.values(metafile.outputs))
  .flatMap(({ inputs }) => Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0));
writeFileSync("THIRD_PARTY_LICENSES", licences(bundled));
remember(".", inputs);
