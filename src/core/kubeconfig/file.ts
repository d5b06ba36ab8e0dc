/** A kubeconfig on the disk, changed as kubectl changes it: under its lock, whole or not at all, for its owner's eyes. */
import { mkdir, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import { createText, isCode, readText } from "../disk.ts";
import { EksLambdaError, restated } from "../errors.ts";
import { lock } from "./lock.ts";

/** The text; `undefined`: there is no such file. Throws `KubeconfigUnusable` for anything but a file of UTF-8. */
export const readKubeconfig = (path: string): Promise<string | undefined> => using(path, () => readText(path));

/**
 * Reads, edits and replaces the file, or removes it where no text is left; does nothing when it stays the same.
 * Symbolic links are followed, so that the file behind them is replaced. Throws `KubeconfigLocked`, `KubeconfigUnusable`.
 */
export const editKubeconfig = (
  path: string,
  clock: Clock,
  edit: (text: string | undefined) => string | undefined,
): Promise<void> =>
  using(path, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await behindLinks(path);
    // Beside the link: that is where kubectl has it.
    const unlock = await lock(path, clock);
    try {
      const before = await readText(file);
      const after = edit(before);
      if (after === before) return;
      if (after === undefined) await rm(file);
      else await replace(file, after);
    } finally {
      // A run that was killed leaves it, too.
      await rm(besides(file), { force: true }).catch(() => {});
      await unlock();
    }
  });

/** The file that a link names, though there is none yet. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
    const link = await readlink(path).catch(() => undefined);
    return link === undefined ? path : behindLinks(resolve(dirname(path), link));
  }
}

/** The new text's place until it is whole; one name is enough under the lock. */
const besides = (path: string): string => `${path}.eks-lambda`;

/** Written beside and renamed, so that a reader meets the old text or the new one. */
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

/** Errors name the file: KUBECONFIG may list several. */
export function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EksLambdaError)) throw error;
    const message = error.message.replace(/^kubeconfig/, `kubeconfig ${path}`);
    throw restated(error, message, { hint: error.hint, cause: error });
  }
}
