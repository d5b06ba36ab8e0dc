/** Bundles the file of a function with the project's own esbuild, and reads the rights that it declares. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { EksLambdaError, usageError } from "../core/errors.ts";
import type { Need } from "../core/kube/need.ts";

/** The part of esbuild's interface in use. */
interface Esbuild {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly text: string }[] }>;
}

/** CommonJS modules in the bundle call `require`, which ES modules lack. */
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** Returns the function as one ES module. A JavaScript file needs no esbuild: it is imported from where it is. */
export async function bundle(entry: string): Promise<string> {
  const file = resolve(entry);
  const esbuild = esbuildFor(file);
  if (!esbuild && /\.[cm]?js$/.test(file)) return `export * from ${JSON.stringify(pathToFileURL(file).href)};\n`;
  if (!esbuild)
    throw usageError(
      "EsbuildMissing",
      `${entry} is bundled with esbuild, which is not installed here`,
      "npm install --save-dev esbuild",
    );
  const options = {
    ...{ entryPoints: [file], bundle: true, write: false, logLevel: "silent", sourcemap: "inline" },
    ...{ platform: "node", target: "node20", format: "esm", mainFields: ["module", "main"], banner: { js: banner } },
  };
  try {
    const { outputFiles } = await esbuild.build(options);
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    throw usageError("EntryInvalid", `cannot bundle ${entry}: ${(error as Error).message}`);
  }
}

function esbuildFor(file: string): Esbuild | undefined {
  try {
    return createRequire(file)("esbuild");
  } catch {
    return undefined;
  }
}

/** The longest time for which a module may load, in milliseconds. */
const loadMs = 5_000;

/** Loads the module without a cluster and without credentials. Returns undefined if it declares no rights. */
export async function declaredNeeds(module: string, entry: string): Promise<readonly Need[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-testing-"));
  try {
    const file = join(folder, "index.mjs");
    await writeFile(file, module);
    const options = { env: {}, timeout: loadMs, killSignal: "SIGKILL" } as const;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", reader, file], options);
    const { type, needs } = JSON.parse(stdout.slice(stdout.lastIndexOf("\n")));
    if (type !== "function") throw usageError("EntryInvalid", `${entry} exports no function "handler"`);
    return needs;
  } catch (error) {
    if (error instanceof EksLambdaError) throw error;
    const { killed, stderr, message } = error as Error & { readonly killed?: boolean; readonly stderr?: string };
    const why = killed ? `it took more than ${loadMs / 1000} seconds` : stderr?.trim() || message;
    throw usageError("EntryInvalid", `cannot load ${entry}: ${why}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints its answer in a line of its own, after what the module prints. */
const reader = `
const tell = (answer) => process.stdout.write("\\n" + JSON.stringify(answer), () => process.exit());
import(process.argv[1]).then(({ handler }) => tell({ type: typeof handler, needs: handler?.needs }));
`;
