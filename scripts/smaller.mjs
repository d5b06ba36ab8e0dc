/** Plugins for esbuild that make bundled dependencies smaller: `docs/decisions/0026-what-the-package-carries.md`. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

/** Dependencies of dependencies, in the sandbox and in client-node: they lose local names, too. */
const deep =
  /node_modules[\\/](@marcbachmann|asn1js|pvutils|pvtsutils|yaml|fast-xml-builder|path-expression-matcher|ip-address|socks|smart-buffer|jsonpath-plus)/;

/**
 * The constants of the SDK's schemas. With names such as `[_h]` as keys, which could call a function, esbuild would keep
 * every schema of a service.
 */
const schemas = /dist-es[\\/].*schemas_0\.js$/;
const constants = /^const (\w+) = (".*");$/gm;

/** The API's models of client-node, of which nothing is left: see below. */
const models = /client-node[\\/]dist[\\/]gen[\\/](apis|models)[\\/]/;

/** Dependencies lose comments, indentation and long forms of statements. Our own code stays as it is. */
const compact = {
  name: "compact",
  setup: ({ onLoad }) =>
    onLoad({ filter: /node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
      if (models.test(path)) return undefined;
      const source = await readFile(path, "utf8");
      const inlined = schemas.test(path) ? [...source.matchAll(constants)] : [];
      const { code } = await transform(inlined.length > 0 ? source.replace(constants, "") : source, {
        define: Object.fromEntries(inlined.map(([, name, text]) => [name, text])),
        minifyWhitespace: true,
        minifySyntax: true,
        minifyIdentifiers: deep.test(path),
      });
      return { contents: code };
    }),
};

const client = dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node")));

/**
 * Of client-node, only what a kubeconfig needs: without this, esbuild keeps the API's 1,200 models, because the package
 * does not say that its modules only define something. Its imports name files, so that esbuild has none to search for.
 */
const kubeconfig = {
  name: "kubeconfig",
  setup({ onResolve }) {
    const inClient = (path) => ({ path, sideEffects: false });
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => inClient(join(client, "index.js")));
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      resolveDir.startsWith(client) ? inClient(join(resolveDir, path)) : undefined,
    );
  },
};

/** Packages that Node or another package replaces. `yaml` has read a kubeconfig before client-node does. */
const replacements = {
  "node-fetch":
    "export default fetch; export const { Headers } = globalThis; export class AbortError {} export class FetchError {}",
  "js-yaml": 'import { parse } from "yaml"; export default { load: parse };',
};
const replaced = {
  name: "replaced",
  setup({ onResolve, onLoad }) {
    const own = { namespace: "replaced", sideEffects: false };
    onResolve({ filter: /^(node-fetch|js-yaml)$/ }, ({ path }) => ({ path, ...own }));
    onLoad({ filter: /^/, namespace: own.namespace }, ({ path }) => ({
      contents: replacements[path],
      resolveDir: "src",
    }));
  },
};

/** Of 90 spinners, ora's defaults. */
const spinners = {
  name: "spinners",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]cli-spinners[\\/]spinners\.json$/ }, async ({ path }) => {
      const { dots, line } = JSON.parse(await readFile(path, "utf8"));
      return { contents: JSON.stringify({ dots, line }), loader: "json" };
    }),
};

export const smaller = [compact, kubeconfig, replaced, spinners];
