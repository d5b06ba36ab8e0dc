/**
 * kubectl's lock on a kubeconfig: `<file>.lock`, created exclusively. kubectl waits while it exists, for ever, and
 * ignores its content. Our locks name their process, so that the lock of a killed run can be removed.
 * Source: https://github.com/kubernetes/client-go/blob/master/tools/clientcmd/loader.go, `lockFile`
 */

import { readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { advice, command } from "../command.ts";
import { isCode, readText } from "../disk.ts";
import { EksLambdaError } from "../errors.ts";
import { type Holder, hasEnded, thisProcess } from "./process.ts";

const pauseMs = 100;
/** kubectl holds the lock for an instant. A lock that stays longer was left by a killed process. */
const patienceMs = 10_000;

const lockOf = (path: string): string => `${path}.lock`;

/** Returns a function that releases the lock. Throws `KubeconfigLocked`, and the system's errors. */
export async function lock(path: string, clock: Clock): Promise<() => Promise<void>> {
  const lockPath = lockOf(path);
  const end = clock.now() + patienceMs;
  const ours = textOf(await thisProcess());
  for (;;) {
    try {
      await make(lockPath, ours);
      return async () => {
        if ((await textAt(lockPath)) === ours) await rm(lockPath, { force: true });
      };
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    }
    const found = await textAt(lockPath);
    const holder = holderIn(found);
    if (found !== undefined && holder && (await hasEnded(holder))) await takeAway(lockPath, found);
    else if (clock.now() > end) throw locked(path, holder);
    else await clock.sleep(pauseMs);
  }
}

/** Returns the path of a lock that a killed run of ours left. */
export async function leftLock(path: string): Promise<string | undefined> {
  const holder = holderIn(await textAt(lockOf(path)));
  return holder && (await hasEnded(holder)) ? lockOf(path) : undefined;
}

const locked = (path: string, holder: Holder | undefined) =>
  new EksLambdaError(
    "KubeconfigLocked",
    `${path} has been locked for ${patienceMs / 1000} seconds by ${holder ? `process ${holder.pid} on ${holder.host}` : "another program"}`,
    { hint: advice`if nothing is changing the kubeconfig, delete the lock: ${command`rm ${lockOf(path)}`}` },
  );

const textOf = ({ pid, start, host }: Holder): string => `eks-lambda ${pid} ${start} ${host}`;

/** Returns `undefined` for a lock that is not ours. kubectl's are empty. */
function holderIn(text: string | undefined): Holder | undefined {
  const [, pid, start, host] = /^eks-lambda (\d{1,10}) (\S+) (\S+)$/.exec(text ?? "") ?? [];
  return start && host ? { pid: Number(pid), start, host } : undefined;
}

/** Creates a symbolic link, which has its content at once: a killed run never leaves a lock without its owner. */
async function make(path: string, text: string): Promise<void> {
  try {
    await symlink(text, path);
  } catch (error) {
    // Windows restricts links, and not every file system supports them.
    if (!["EPERM", "ENOSYS", "ENOTSUP"].some((code) => isCode(error, code))) throw error;
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  }
}

const textAt = (path: string): Promise<string | undefined> =>
  readlink(path).catch(() => readText(path).catch(() => undefined));

/** Moves the lock away, which only one of several runs can do. Puts a lock back that was created in between. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    if ((await textAt(aside)) === text) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}
