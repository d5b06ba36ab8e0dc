/** Runs the built command as a child process with an explicit environment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Outcome {
  /** `null` if a signal ended the process. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Added to the world's variables. `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
}

/** Path of a file in this repository. */
export const repositoryFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** NODE_OPTIONS that preload a file of this repository into a child process. */
export const preloading = (path: string) => ({ NODE_OPTIONS: `--import=${pathToFileURL(repositoryFile(path))}` });

/** Splits a command line into words. Quotes keep spaces: `invoke --event '{"name":"web"}'`. */
export const words = (command: string): readonly string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

export async function run(
  program: string,
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  stdin = "",
): Promise<Outcome> {
  const child = spawn(program, words(command), { env, stdio: "pipe" });
  child.stdin.on("error", () => {}); // The process may exit without reading stdin.
  child.stdin.end(stdin);
  const [stdout, stderr, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { exit, stdout, stderr };
}
