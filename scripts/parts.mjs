/**
 * Marks the parts of the function that only some actions need, so that `setup` can leave out those of actions that were
 * not allowed: `codeFor` in src/core/actions/allowed.ts. A part is one or more statements of a module.
 */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import ts from "typescript";

const table = "src/core/actions/index.ts";

/** Parts that need several actions: the module, and the statement that uses it, by the file and the beginning of its line. */
const together = [
  {
    module: "src/lambda/cdk-resources.ts",
    used: ["src/lambda/function.ts", "addCdkResources("],
    needs: "apply+delete+get",
  },
  { module: "src/lambda/custom-resources.ts", used: ["src/lambda/function.ts", "handler = "], needs: "apply+delete" },
];

/** The names of the table's actions, by the modules that define them. */
function actionsByModule() {
  const source = readFileSync(table, "utf8");
  const modules = new Map();
  for (const [, name, value] of source.matchAll(/^actions\.set\("([\w-]+)", (\w+)\);$/gm)) {
    const [, path] = source.match(new RegExp(`^import \\{[^}]*\\b${value}\\b[^}]*\\} from "(.*)";$`, "m")) ?? [];
    const module = join(dirname(table), path);
    if (name !== "check") modules.set(module, [...(modules.get(module) ?? []), name]);
  }
  for (const { module, needs } of together) modules.set(module, [needs]);
  return modules;
}

/** The lines, as `module:line`, of which something is left when esbuild has dropped what the entry point does not use. */
async function linesIn(options) {
  const { outputFiles } = await build({ ...options, outdir: "dist", write: false, sourcemap: "external" });
  const [map, code] = ["js.map", "js"].map((end) => outputFiles.find(({ path }) => path.endsWith(end)).text);
  const found = new SourceMap(JSON.parse(map));
  return new Set(
    code.split("\n").map((_, line) => {
      const { originalSource = "", originalLine } = found.findEntry(line, 0);
      return `${relative("", resolve("dist", originalSource))}:${originalLine}`;
    }),
  );
}

/** Puts statements that not every function needs between comments. `usersOf` returns the actions that need a line. */
function marked(module, source, usersOf) {
  const file = ts.createSourceFile(module, source, ts.ScriptTarget.Latest);
  const lineOf = (at) => file.getLineAndCharacterOfPosition(at).line;
  const parts = file.statements.map((statement) => {
    const [first, last] = [lineOf(statement.getStart(file)), lineOf(statement.end)];
    const users = Array.from({ length: last - first + 1 }, (_, index) => usersOf(`${module}:${first + index}`)).flat();
    return {
      text: source.slice(statement.pos, statement.end),
      only: users.includes("") ? "" : [...new Set(users)].join(),
    };
  });
  return parts
    .map(({ text, only }, at) => {
      const begin = only && parts[at - 1]?.only !== only ? `\n/*! only ${only} */\n` : "";
      const end = only && parts[at + 1]?.only !== only ? "\n/*! end */\n" : "";
      return begin + text + end;
    })
    .join("");
}

/** An esbuild plugin for the function whose entry point is `entry`. */
export async function marking(entry, given) {
  const options = { ...given, format: "cjs", logLevel: "error" };
  const modules = actionsByModule();
  const without = {
    name: "without",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\// }, ({ path, resolveDir }) =>
        modules.has(join(relative("", resolveDir), path)) ? { path, external: true } : undefined,
      ),
  };
  /** The actions that need a line; `""` is every function. */
  const users = new Map();
  const use = (lines, names) => {
    for (const line of lines) users.set(line, [...(users.get(line) ?? []), ...names]);
  };
  use(await linesIn({ ...options, entryPoints: [entry], plugins: [without] }), [""]);
  for (const [module, names] of modules) {
    const contents = `import * as all from "./${module}"; console.log(all);`;
    use(await linesIn({ ...options, stdin: { contents, resolveDir: process.cwd(), sourcefile: "<stdin>" } }), names);
  }
  const mark = (file, neededBy) => {
    for (const [line, text] of readFileSync(file, "utf8").split("\n").entries()) {
      const needs = neededBy(text);
      if (needs !== undefined) users.set(`${file}:${line}`, [needs]);
    }
  };
  mark(table, (text) => {
    const [, name] = /^actions\.set\("([\w-]+)"/.exec(text) ?? [];
    return name === "check" ? "" : name;
  });
  for (const {
    used: [file, begin],
    needs,
  } of together)
    mark(file, (text) => (text.startsWith(begin) ? needs : undefined));
  return {
    name: "parts",
    setup: ({ onLoad }) =>
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
        contents: marked(relative("", path), readFileSync(path, "utf8"), (line) => users.get(line) ?? []),
        loader: "ts",
      })),
  };
}
