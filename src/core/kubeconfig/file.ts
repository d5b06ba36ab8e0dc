/** A kubeconfig on the disk, changed as kubectl changes it: under its lock, whole or not at all, for its owner's eyes. */
import { mkdir, open, readFile, readlink, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";

/** The text; `undefined`: there is no such file. */
export async function readKubeconfig(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw unusable(path, error);
  }
}

const lockPauseMs = 100;
/** kubectl holds the lock for the blink of an eye; an older one was left by a process that died. */
const lockPatienceMs = 10_000;

/**
 * Reads, edits and replaces the file, or removes it where no text is left; does nothing when it stays the same.
 * Symbolic links are followed, so that what they point at is replaced. Throws `KubeconfigLocked`, `KubeconfigUnusable`.
 */
export async function editKubeconfig(
  path: string,
  clock: Clock,
  edit: (text: string | undefined) => string | undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error) => Promise.reject(unusable(path, error)));
  const file = await realpath(path).catch(() => path);
  // Beside the link, for that is where kubectl has it.
  const unlock = await lock(lockOf(path), clock);
  try {
    const before = await readKubeconfig(file);
    const after = edit(before);
    if (after === before) return;
    if (after === undefined) await rm(file);
    else await replace(file, after);
  } finally {
    // What a run that was killed left, too.
    await rm(besides(file), { force: true });
    await unlock();
  }
}

const lockOf = (path: string): string => `${path}.lock`;

/** The lock of a run that was killed after it had replaced the file; kubectl would wait for it for ever. */
export async function leftLock(path: string): Promise<string | undefined> {
  return (await isOrphan(lockOf(path))) ? lockOf(path) : undefined;
}

async function lock(path: string, clock: Clock): Promise<() => Promise<void>> {
  const end = clock.now() + lockPatienceMs;
  for (;;) {
    try {
      await makeLock(path, lockMark + process.pid);
      return () => rm(path, { force: true });
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw unusable(path, error);
      if (await isOrphan(path)) {
        await rm(path, { force: true });
        continue;
      }
      if (clock.now() > end) {
        throw new EksLambdaError(
          "KubeconfigLocked",
          `another program holds ${path} since ${lockPatienceMs / 1000} seconds`,
          {
            hint: `if no kubectl runs that changes the kubeconfig, delete it: rm ${path}`,
          },
        );
      }
      await clock.sleep(lockPauseMs);
    }
  }
}

/** What our locks say; kubectl's are empty. */
const lockMark = "eks-lambda ";

/** A link says whose it is from the moment it is there: a run that is killed leaves no lock that could be anyone's. */
async function makeLock(path: string, mark: string): Promise<void> {
  try {
    await symlink(mark, path);
  } catch (error) {
    // Windows reserves links for some, and not every file system has them.
    if (!["EPERM", "ENOSYS", "ENOTSUP"].some((code) => isCode(error, code))) throw error;
    await writeFile(path, mark, { flag: "wx", mode: 0o600 });
  }
}

/** Was it left by a run of ours that was killed? */
async function isOrphan(path: string): Promise<boolean> {
  const text = await readlink(path).catch(() => readFile(path, "utf8").catch(() => ""));
  if (!text.startsWith(lockMark)) return false;
  try {
    process.kill(Number(text.slice(lockMark.length)), 0);
    return false;
  } catch (error) {
    return isCode(error, "ESRCH");
  }
}

/** Where the new text is written; one name, for there is a lock. */
const besides = (path: string): string => `${path}.eks-lambda`;

/** Written beside and renamed, so that a reader meets the old text or the new one. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = besides(path);
  try {
    const mode = await stat(path).then(
      ({ mode }) => mode & 0o700,
      () => 0o600,
    );
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    throw unusable(path, error);
  }
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

const unusable = (path: string, error: unknown) =>
  error instanceof EksLambdaError
    ? error
    : new EksLambdaError("KubeconfigUnusable", `cannot use the kubeconfig ${path}: ${(error as Error).message}`, {
        hint: "choose another file with --kubeconfig, or go without with --no-kubeconfig",
        cause: error,
      });
