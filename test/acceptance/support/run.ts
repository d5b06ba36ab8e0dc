/** The built command as a child process, in an environment made from nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Outcome {
  /** `null`: a signal ended it. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** On top of the world's own; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
}

/** A file of this repository. */
export const repositoryFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Has a child process load a file of this repository before all else. */
export const preloading = (path: string) => ({ NODE_OPTIONS: `--import=${pathToFileURL(repositoryFile(path))}` });

/** `invoke --event '{"name":"web"}'`: words, of which quoted ones keep their spaces. */
export const words = (command: string): readonly string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

export async function run(
  program: string,
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  stdin = "",
): Promise<Outcome> {
  const child = spawn(program, words(command), { env, stdio: "pipe" });
  child.stdin.on("error", () => {}); // It may end without having read.
  child.stdin.end(stdin);
  const [stdout, stderr, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { exit, stdout, stderr };
}
