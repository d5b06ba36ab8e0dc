/** Identifies the process that holds a lock, also after its number was used again. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

export interface Holder {
  readonly pid: number;
  /** Its start time as the system reports it; `-` if unknown. */
  readonly start: string;
  readonly host: string;
}

export const thisProcess = async (): Promise<Holder> => ({
  pid: process.pid,
  start: (await startOf(process.pid)) ?? "-",
  host: hostname(),
});

/** True if it has certainly ended. Never true for a process on another computer. */
export async function hasEnded({ pid, start, host }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  if (!exists(pid)) return true;
  const now = await startOf(pid);
  return now === "ended" || (now !== undefined && start !== "-" && now !== start);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: a process of another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Returns `ended` for a zombie process, and `undefined` if the system does not tell. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    // The process name before it, in parentheses, may contain anything. Source: proc_pid_stat(5)
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "ended" : fields[19];
  } catch {
    return startByPs(pid);
  }
}

/** macOS and the BSDs have no /proc. */
async function startByPs(pid: number): Promise<string | undefined> {
  const env = { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" };
  const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], { env }).catch(() => ({
    stdout: "",
  }));
  return stdout.trim().replace(/\s+/g, "_") || undefined;
}
