/** Bundles the user's function with the esbuild of their project. */
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, relative } from "node:path";
import { compileFunction } from "node:vm";
import type { BuildFailure, Metafile } from "esbuild";
import { advice, command } from "../command.ts";
import { readText } from "../disk.ts";
import { EksLambdaError, usageError } from "../errors.ts";
import { cycleIn, largestIn } from "./modules.ts";

export interface Bundle {
  /** CommonJS, for `index.js`. */
  readonly code: string;
  /** The largest packages and files, as `zod 12345 bytes`. */
  readonly largest: readonly string[];
  /** Files that import each other, as `a.ts -> b.ts -> a.ts`. */
  readonly cycle: string | undefined;
}

type Esbuild = Pick<typeof import("esbuild"), "build">;

interface BundleOptions {
  /** For stack traces with the lines of the sources. */
  readonly sourcemap?: "inline";
}

/**
 * Takes a `.js` or `.cjs` file that needs no other file as it is. `file` is absolute. Throws `EntryInvalid` or
 * `EsbuildMissing`, both usage.
 */
export async function bundled(file: string, options: BundleOptions = {}): Promise<Bundle> {
  const text = await readText(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error.code ?? error.message);
  });
  if (text === undefined) throw unreadable(file, "ENOENT");
  if (/\.c?js$/.test(file) && isWhole(text)) return { code: text, largest: [], cycle: undefined };
  return bundle(esbuildOf(file), file, options);
}

const unreadable = (file: string, why: string): EksLambdaError =>
  usageError(
    "EntryInvalid",
    `cannot read ${basename(file)}: ${why}`,
    "name the function's file: --entry src/handler.ts",
  );

/** True for CommonJS that imports only Node's modules and the AWS SDK, both of which Lambda provides. */
function isWhole(text: string): boolean {
  try {
    compileFunction(text, ["exports", "require", "module", "__filename", "__dirname"]);
  } catch {
    return false;
  }
  const imported = [...text.matchAll(/\b(?:require|import)\s*\(\s*(["'`])([^"'`]*)\1/g)].map(([, , name = ""]) => name);
  return imported.every((name) => isBuiltin(name) || name.startsWith("@aws-sdk/"));
}

/** The esbuild of the file's project. Throws `EsbuildMissing`. */
export function esbuildOf(file: string): Esbuild {
  try {
    return createRequire(file)("esbuild");
  } catch (error) {
    throw new EksLambdaError("EsbuildMissing", `${basename(file)} must be bundled, and its project has no esbuild`, {
      hint: "npm install --save-dev esbuild",
      cause: error,
    });
  }
}

/**
 * Exports the handler as a plain property, and waits for `ready` of a handler by defineFunction, so that Lambda calls it
 * when it has connected. See docs/decisions/0014-warm-up.md
 */
const wrapper = (file: string): string => `
import * as own from ${JSON.stringify(`./${basename(file)}`)};
const handler = own.handler ?? own.default?.handler ?? own.default;
const ready = handler?.ready;
function then(resolve) {
  const { handler } = this;
  void Promise.resolve(ready).then(() => resolve({ handler }));
}
module.exports = ready ? { handler, then } : { handler };
`;

async function bundle({ build }: Esbuild, file: string, options: BundleOptions): Promise<Bundle> {
  const folder = dirname(file);
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents: wrapper(file), resolveDir: folder, sourcefile: "eks-lambda-entry.js", loader: "js" },
      absWorkingDir: folder,
      bundle: true,
      write: false,
      metafile: true,
      logLevel: "silent",
      format: "cjs",
      platform: "node",
      target: "node20",
      external: ["@aws-sdk/*"],
      // Names of classes are names of errors, which callers see.
      minify: true,
      keepNames: true,
      legalComments: "none",
      // ES modules, of which esbuild drops what is not used.
      mainFields: ["module", "main"],
      // Never run. Lambda imports the module, and Node.js looks in its text for the names of exports.
      footer: { js: "0&&(module.exports={handler,then});" },
      ...options,
    });
    return {
      code: outputFiles[0]?.text ?? "",
      largest: largestIn(metafile as Metafile),
      cycle: cycleIn(metafile as Metafile),
    };
  } catch (error) {
    throw explained(error as BuildFailure, file);
  }
}

function explained(failure: BuildFailure, file: string): unknown {
  if (!Array.isArray(failure.errors)) return failure;
  const messages = failure.errors.map(({ text, location }) => {
    const where = location
      ? `${relative(dirname(file), `${dirname(file)}/${location.file}`)}:${location.line}:${location.column + 1}: `
      : "";
    return where + text;
  });
  const awaits = failure.errors.find(({ text }) => /top-level await/i.test(text));
  if (awaits)
    return usageError(
      "EntryInvalid",
      `${basename(file)} has \`await\` at its top level (line ${awaits.location?.line}), which inline code cannot have`,
      "await it in the handler; leave `await handler.ready` out, because setup adds it",
    );
  const more = messages.length > 3 ? `; and ${messages.length - 3} more` : "";
  return usageError(
    "EntryInvalid",
    `esbuild cannot bundle ${basename(file)}: ${messages.slice(0, 3).join("; ")}${more}`,
    advice`${command`npx esbuild --bundle --platform=node --external:@aws-sdk/* ./${basename(file)} --outfile=/dev/null`} shows all of it`,
  );
}
