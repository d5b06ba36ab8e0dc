/**
 * What the function and the commands may cost, exactly: `bench/budgets.json` says it, the tests hold it, and
 * `npm run bench -- budgets --write` writes what is true now.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startSandboxBackend } from "../test/acceptance/sandbox.ts";
import { command } from "./cli/command.ts";

const file = join(import.meta.dirname, "budgets.json");

interface Requests {
  readonly aws: number;
  readonly apiServer: number;
}

export interface Budgets {
  /** The function's bundle: its size, the modules of ours in it, and those of Node that it asks for. */
  readonly function: {
    readonly bytes: number;
    readonly modules: readonly string[];
    readonly builtins: readonly string[];
  };
  /** What each command asks for, on the sandbox. */
  readonly requests: Readonly<Record<string, Requests>>;
}

export const readBudgets = async (): Promise<Budgets> => JSON.parse(await readFile(file, "utf8"));

export async function writeBudgets(budgets: Budgets): Promise<void> {
  await writeFile(file, `${JSON.stringify(budgets, null, 2)}\n`);
  execFileSync("npx", ["biome", "format", "--write", file]);
}

export async function functionBudget(): Promise<Budgets["function"]> {
  const { size } = await stat("dist/function/index.js");
  const { metafile } = await build({
    entryPoints: ["src/lambda/function.ts"],
    ...{ bundle: true, platform: "node", format: "cjs", write: false, metafile: true, outfile: "index.js" },
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return {
    bytes: size,
    modules: Object.keys(metafile.inputs).sort(),
    builtins: [...new Set(imports.map(({ path }) => path))].sort(),
  };
}

/** In this order, on one cluster. */
const commands = {
  "setup --dry-run, first": "setup --dry-run",
  "setup, first": "setup",
  "setup --dry-run, no change": "setup --dry-run",
  "setup, no change": "setup",
  invoke: "invoke",
};

export async function requestBudgets(): Promise<Budgets["requests"]> {
  const backend = await startSandboxBackend();
  const home = await mkdtemp(join(tmpdir(), "eks-lambda-budgets-"));
  try {
    const measured: Record<string, Requests> = {};
    for (const [name, words] of Object.entries(commands)) {
      const { aws, apiServer } = await command(words, backend, home);
      measured[name] = { aws, apiServer };
    }
    return measured;
  } finally {
    await backend.stop();
    await rm(home, { recursive: true, force: true });
  }
}
