/**
 * Marks the parts of the function that only some actions need, so that `setup` can leave out those of actions that were
 * not allowed: `codeFor` in src/core/actions/allowed.ts. A part is a module, or a line of the table of actions.
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";

const table = "src/core/actions/index.ts";

/** The actions of the table, by the modules that define them. */
function actionsByModule() {
  const source = readFileSync(table, "utf8");
  const modules = new Map();
  for (const [, name, value] of source.matchAll(/^actions\.set\("([\w-]+)", (\w+)\);$/gm)) {
    const [, path] = source.match(new RegExp(`^import \\{[^}]*\\b${value}\\b[^}]*\\} from "(.*)";$`, "m")) ?? [];
    const module = join(dirname(table), path);
    if (name !== "check") modules.set(module, [...(modules.get(module) ?? []), name]);
  }
  return modules;
}

/** The modules of which something is left when esbuild has dropped what `entry` does not use. */
async function used(options, plugins = []) {
  const { metafile } = await build({ ...options, plugins, outdir: "dist", write: false });
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([module, { bytesInOutput }]) => (bytesInOutput > 0 ? [module] : [])),
  );
}

/** An esbuild plugin for the function whose entry point is `entry`. */
export async function marking(entry, given) {
  const options = { ...given, minify: true, format: "cjs", logLevel: "error" };
  const modules = actionsByModule();
  const without = {
    name: "without",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\// }, ({ path, resolveDir }) =>
        modules.has(join(relative(process.cwd(), resolveDir), path)) ? { path, external: true } : undefined,
      ),
  };
  const always = new Set(await used({ ...options, entryPoints: [entry] }, [without]));
  const users = new Map();
  for (const [module, names] of modules) {
    const contents = `import * as all from "./${module}"; console.log(all);`;
    for (const one of await used({ ...options, stdin: { contents, resolveDir: process.cwd(), sourcefile: "<stdin>" } }))
      if (!always.has(one)) users.set(one, [...(users.get(one) ?? []), ...names]);
  }
  const marked = (names, text) => `/*! only ${names.join(",")} */\n${text}\n/*! end */\n`;
  return {
    name: "parts",
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const module = relative(process.cwd(), path);
        const source = readFileSync(path, "utf8");
        if (module === table) {
          const line = /^actions\.set\("([\w-]+)", \w+\);$/gm;
          return {
            contents: source.replace(line, (text, name) => (name === "check" ? text : marked([name], text))),
            loader: "ts",
          };
        }
        const names = users.get(module);
        return { contents: names ? marked(names, source) : source, loader: "ts" };
      });
    },
  };
}
