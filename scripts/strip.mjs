/** Makes the bundle smaller: `docs/decisions/0026-what-the-package-carries.md`. */
import { readFileSync, writeFileSync } from "node:fs";
import { transform } from "esbuild";

/** esbuild writes the path of each module before it, and the exports of all at the end. */
const modules = /^(?=\/\/ (?:node_modules|replaced:|src)[^\n]*\n|export \{)/m;

/** Node prints the line of an error that nobody catches. */
const common = { minifyWhitespace: true, lineLimit: 200, legalComments: "inline" };
/** The sandbox loses local names, too: it only ever talks to itself. What talks to a cluster and to AWS stays readable. */
const rules = [
  [/^\/\/ (?:node_modules|replaced:)/, common],
  [/^\/\/ src\/sandbox\//, { ...common, minifySyntax: true, minifyIdentifiers: true }],
];

/** The path, and imports of Node's modules: without them, esbuild keeps the names that other modules use. */
const head = /^\/\/[^\n]*\n(?:import [^;]*;\n)*/;

async function stripped(module) {
  const [, options] = rules.find(([path]) => path.test(module)) ?? [];
  if (!options) return module;
  const [kept] = head.exec(module);
  const { code } = await transform(module.slice(kept.length), options);
  return kept + code;
}

/** Rewrites the files in place. */
export async function strip(files) {
  for (const file of files) {
    const parts = await Promise.all(readFileSync(file, "utf8").split(modules).map(stripped));
    writeFileSync(file, parts.join(""));
  }
}
