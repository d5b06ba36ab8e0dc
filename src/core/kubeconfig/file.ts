/** Changes a kubeconfig file as kubectl does: under its lock, atomically, and readable only by its owner. */
import { readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import { createText, isCode, makeFolder, readText, refuseUnwritable } from "../disk.ts";
import { EksLambdaError, restated } from "../errors.ts";
import { lock } from "./lock.ts";

/** Returns `undefined` if the file does not exist. Throws `KubeconfigUnusable` if it is not a file with UTF-8 text. */
export const readKubeconfig = (path: string): Promise<string | undefined> => using(path, () => readText(path));

/**
 * Reads, edits and replaces the file. Deletes it if `edit` returns `undefined`; writes nothing if the text is
 * unchanged. Follows symbolic links. Throws `KubeconfigLocked`, `KubeconfigUnusable`.
 */
export const editKubeconfig = (
  path: string,
  clock: Clock,
  edit: (text: string | undefined) => string | undefined,
): Promise<void> =>
  using(path, async () => {
    await makeFolder(dirname(path), 0o700);
    const file = await behindLinks(path);
    await makeFolder(dirname(file), 0o700);
    // Lock the link's path, as kubectl does.
    const unlock = await lock(path, clock);
    try {
      const before = await readText(file);
      const after = edit(before);
      if (after === before) return;
      if (after === undefined) await rm(file);
      else await replace(file, after);
    } finally {
      // A killed run leaves this file, too.
      await rm(besides(file), { force: true }).catch(() => {});
      await unlock();
    }
  });

/** Throws `KubeconfigUnusable` if the file cannot be replaced, as far as that can be known without a write. */
export const rehearseKubeconfig = (path: string): Promise<void> =>
  using(path, async () => {
    for (const file of [path, await behindLinks(path)]) await refuseUnwritable(dirname(file));
  });

/** Resolves links, also to a file that does not exist yet. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
    const link = await readlink(path).catch(() => undefined);
    return link === undefined ? path : behindLinks(resolve(dirname(path), link));
  }
}

/** Where the new text is written first. One name is enough under the lock. */
const besides = (path: string): string => `${path}.eks-lambda`;

/** Writes a new file and renames it, so that readers see the old text or the new one. */
async function replace(path: string, text: string): Promise<void> {
  const mode = await stat(path).then(
    ({ mode }) => mode & 0o700,
    () => 0o600,
  );
  await rm(besides(path), { force: true });
  await createText(besides(path), text, mode);
  await rename(besides(path), path);
}

async function using<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EksLambdaError) throw error;
    throw new EksLambdaError("KubeconfigUnusable", `cannot use the kubeconfig ${path}: ${(error as Error).message}`, {
      hint: "choose another file with --kubeconfig, or leave it out with --no-kubeconfig",
      cause: error,
    });
  }
}

/** Adds the file's path to errors, because KUBECONFIG may list several. */
export function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EksLambdaError)) throw error;
    const message = error.message.replace(/^kubeconfig/, `kubeconfig ${path}`);
    throw restated(error, message);
  }
}

/**
 * The files that kubectl merges, in its order.
 * @param list `KUBECONFIG`: paths between `:` (`;` on Windows); empty ones do not count
 */
export function kubeconfigPaths(list: string | undefined, home: string): readonly [string, ...string[]] {
  const [first, ...others] = (list ?? "").split(delimiter).filter((path) => path !== "");
  return first === undefined ? [join(home, ".kube", "config")] : [first, ...others];
}
