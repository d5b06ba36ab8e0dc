/** Loads code in a separate process. This is not a sandbox: the code can read files and use the network, as the user. */
import { spawn } from "node:child_process";
import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EksLambdaError } from "../errors.ts";
import { type Answer, answerOf } from "./answer.ts";
import { runtime } from "./runtime.ts";

/** What the process says about the code. */
const shapes = {
  loaded: { handler: "string", takesCallback: "boolean", needs: "unknown", ready: "string" },
  threw: { name: "string", message: "string" },
} as const;

export type Loaded = Answer<typeof shapes>;

const prefix = "eks-lambda-entry-";
const limits = { limitMs: 5_000, maxBytes: 1_000_000 };

/** Without the environment of this process, in an empty folder that is also its HOME. Takes 5 seconds at most. Throws `EntryFailed`. */
export async function load(code: string): Promise<Loaded> {
  await removeStale();
  const root = await mkdtemp(join(tmpdir(), prefix)).catch((cause: Error) => {
    throw new EksLambdaError("EntryFailed", `cannot create a folder to run the function in: ${cause.message}`, {
      hint: "set TMPDIR to a folder that you may write to",
      cause,
    });
  });
  const home = join(root, "home");
  try {
    await mkdir(home);
    await writeFile(join(root, "index.js"), code);
    await writeFile(join(root, "package.json"), "{}");
    return await run(join(root, "index.js"), home);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Longer than any run keeps its folder. */
const staleMs = 3_600_000;

/** Removes this user's folders of runs that were killed. */
async function removeStale(): Promise<void> {
  const names = (await readdir(tmpdir()).catch(() => [])).filter((name) => name.startsWith(prefix));
  for (const folder of names.map((name) => join(tmpdir(), name))) {
    const found = await lstat(folder).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
    if (Date.now() - found.mtimeMs > staleMs) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function run(file: string, home: string): Promise<Loaded> {
  // The answer has its own file descriptor, so that nothing that the code prints is taken for it.
  const child = spawn(process.execPath, ["--max-old-space-size=512", "-e", program, file], {
    cwd: home,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { HOME: home, USERPROFILE: home, TMPDIR: home },
  });
  return answerOf(child, shapes, limits);
}

/**
 * `@aws-sdk/*` is there in Lambda, not here: whatever the code takes from it can be called and constructed. Ends after
 * the answer, because the code may have left timers or servers.
 */
const program = `${runtime}
const { writeFileSync } = require("node:fs");
const { exit } = process;
const Module = require("node:module");
const original = Module._load;
const sdk = new Proxy(function () {}, {
  get: (_, name) => (name === "then" || typeof name === "symbol" ? undefined : name === "prototype" ? {} : sdk),
  apply: () => sdk,
  construct: () => sdk,
});
Module._load = function (name) {
  return name.startsWith("@aws-sdk/") ? sdk : original.apply(this, arguments);
};
const answer = (value) => {
  writeFileSync(3, JSON.stringify(value));
  exit(0);
};
(async () => {
  try {
    const { handler } = await require(process.argv[1]);
    const type = typeof handler;
    answer({
      kind: "loaded",
      handler: type,
      takesCallback: type === "function" && takesCallback(handler),
      needs: handler?.needs,
      ready: typeof handler?.ready?.then,
    });
  } catch (error) {
    const { name, message } = Object(error);
    answer({ kind: "threw", name: String(name ?? "Error").slice(0, 100), message: String(message ?? error).slice(0, 1000) });
  }
})();
`;
