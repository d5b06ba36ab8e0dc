/**
 * kubectl's lock on a kubeconfig: a file beside it, `<file>.lock`, made exclusively. kubectl waits while it is there,
 * for ever, and never looks inside; ours say who holds them, so that the lock of a run that was killed can go.
 * Source: https://github.com/kubernetes/client-go/blob/master/tools/clientcmd/loader.go, `lockFile`
 */
import { readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { isCode, readText } from "../disk.ts";
import { EksLambdaError } from "../errors.ts";
import { type Holder, hasEnded, thisProcess } from "./process.ts";

const pauseMs = 100;
/** kubectl holds the lock for an instant; after this time it was left by a process that died. */
const patienceMs = 10_000;

const lockOf = (path: string): string => `${path}.lock`;

/** Returns what gives the lock back. Throws `KubeconfigLocked`, and the system's errors. */
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

/** The lock of a run of ours that was killed, if there is one. */
export async function leftLock(path: string): Promise<string | undefined> {
  const holder = holderIn(await textAt(lockOf(path)));
  return holder && (await hasEnded(holder)) ? lockOf(path) : undefined;
}

const locked = (path: string, holder: Holder | undefined) =>
  new EksLambdaError(
    "KubeconfigLocked",
    `${path} has been locked for ${patienceMs / 1000} seconds by ${holder ? `process ${holder.pid} on ${holder.host}` : "another program"}`,
    { hint: `if nothing is changing the kubeconfig, delete the lock: rm ${lockOf(path)}` },
  );

const textOf = ({ pid, start, host }: Holder): string => `eks-lambda ${pid} ${start} ${host}`;

/** `undefined` for a lock that is not ours; kubectl's are empty. */
function holderIn(text: string | undefined): Holder | undefined {
  const [, pid, start, host] = /^eks-lambda (\d{1,10}) (\S+) (\S+)$/.exec(text ?? "") ?? [];
  return start && host ? { pid: Number(pid), start, host } : undefined;
}

/** A link has its text from the moment it is there: a run that is killed leaves no lock that could be anyone's. */
async function make(path: string, text: string): Promise<void> {
  try {
    await symlink(text, path);
  } catch (error) {
    // Windows reserves links for some, and not every file system has them.
    if (!["EPERM", "ENOSYS", "ENOTSUP"].some((code) => isCode(error, code))) throw error;
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  }
}

const textAt = (path: string): Promise<string | undefined> =>
  readlink(path).catch(() => readText(path).catch(() => undefined));

/** Of two runs that find the same lock, one moves it; a lock that was made in between is put back. */
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
