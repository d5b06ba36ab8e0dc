/**
 * Bundles the file of a function as setup does, and reads the rights that it declares. What setup refuses may be deployed
 * in another way, as an ES module: docs/decisions/0028-what-tests-run.md
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { bundled, esbuildOf } from "../core/code/bundle.ts";
import { callbackRefusal, callbackRemedy, runtime } from "../core/code/runtime.ts";
import { EksLambdaError, usageError } from "../core/errors.ts";
import type { Need } from "../core/kube/need.ts";

/** CommonJS modules in the bundle call `require`, which ES modules lack. */
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** The code as the sandbox's function takes it. */
export type Code = { readonly InlineCode: string } | { readonly Module: string };

/**
 * Bundles the file as setup does, or else as an ES module. Without esbuild, a JavaScript file is imported in place. Throws
 * the error of `bundled` if neither works.
 */
export async function bundle(entry: string): Promise<Code> {
  const file = resolve(entry);
  try {
    return { InlineCode: (await bundled(file, { sourcemap: "inline" })).code };
  } catch (refusal) {
    const { code } = refusal as Partial<EksLambdaError>;
    if (code === "EsbuildMissing" && /\.[cm]?js$/.test(file))
      return { Module: `export * from ${JSON.stringify(pathToFileURL(file).href)};\n` };
    if (code !== "EntryInvalid") throw refusal;
    const Module = await moduleOf(file).catch(() => {
      throw refusal;
    });
    return { Module };
  }
}

async function moduleOf(file: string): Promise<string> {
  const { outputFiles } = await esbuildOf(file).build({
    entryPoints: [file],
    bundle: true,
    write: false,
    logLevel: "silent",
    sourcemap: "inline",
    platform: "node",
    target: "node20",
    format: "esm",
    mainFields: ["module", "main"],
    banner: { js: banner },
  });
  return outputFiles[0]?.text ?? "";
}

/** The longest time for which a module may load, in milliseconds. */
const loadMs = 5_000;

/** The AWS SDK, which Lambda has, is the project's own here. */
export const moduleFolders = (entry: string) => ({
  NODE_PATH: createRequire(resolve(entry)).resolve.paths("@aws-sdk")?.join(delimiter) ?? "",
});

/** What `reader` tells of a handler. */
interface Declared {
  readonly type: string;
  readonly callback: boolean;
  readonly needs?: readonly Need[];
  /** The error of a module that throws while it loads, and where. */
  readonly threw?: string;
}

/** Loads the code without a cluster and without credentials. Returns undefined if it declares no rights. */
export async function declaredNeeds(code: Code, entry: string): Promise<readonly Need[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-testing-"));
  try {
    const [name, text] = "Module" in code ? ["index.mjs", code.Module] : ["index.js", code.InlineCode];
    const file = join(folder, name);
    await writeFile(file, text);
    const options = { env: moduleFolders(entry), timeout: loadMs, killSignal: "SIGKILL" } as const;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--enable-source-maps", "-e", reader, file],
      options,
    );
    const { type, callback, needs, threw }: Declared = JSON.parse(stdout.slice(stdout.lastIndexOf("\n")));
    if (threw !== undefined) throw usageError("EntryInvalid", `cannot load ${entry}: ${threw}`);
    if (type !== "function") throw usageError("EntryInvalid", `${entry} exports no function "handler"`);
    if (callback) throw usageError("EntryInvalid", `\`handler\` of ${entry} ${callbackRefusal}`, callbackRemedy);
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

/** Prints its answer in a separate line, after what the module prints. */
const reader = `${runtime}
const [, file] = process.argv;
const tell = (answer) => process.stdout.write("\\n" + JSON.stringify(answer), () => process.exit());
(async () => {
  const { handler } = await (file.endsWith(".mjs") ? import(file) : require(file));
  const type = typeof handler;
  tell({ type, callback: type === "function" && takesCallback(handler), needs: handler?.needs });
})().catch((error) => tell({ threw: String(error?.stack ?? error).slice(0, 2_000) }));
`;
