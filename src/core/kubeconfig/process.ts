/** Who holds a lock: a process of a computer, told from a later one that got the same number. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

export interface Holder {
  readonly pid: number;
  /** When it began, as the system counts; `-`: unknown. */
  readonly start: string;
  readonly host: string;
}

export const thisProcess = async (): Promise<Holder> => ({
  pid: process.pid,
  start: (await startOf(process.pid)) ?? "-",
  host: hostname(),
});

/** Whether it has surely ended. Nothing is known of processes on another computer. */
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
    // EPERM: somebody else's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** `ended`: a process that its parent has not asked about yet. `undefined` where the system does not say. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    // The name before it, in parentheses, may hold anything. Source: proc_pid_stat(5)
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
