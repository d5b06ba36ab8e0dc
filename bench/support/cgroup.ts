/**
 * The CPU share that Lambda gives a function, by memory: 1,769 MB are one vCPU.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/sys/fs/cgroup/cpu";
const periodUs = 20_000;
const vcpuMb = 1769;

export interface CpuShare {
  /** Why shares cannot be held on this machine. */
  readonly unavailable?: string;
  /** What is started next has the CPU of so much memory; `undefined`: all there is. */
  hold(memoryMb: number | undefined): void;
  /** A command that runs the given one inside. */
  inside(command: readonly string[]): readonly string[];
  remove(): Promise<void>;
}

const unheld = (unavailable: string): CpuShare => ({
  unavailable,
  hold: () => {},
  inside: (command) => command,
  remove: async () => {},
});

/** A cgroup (v1) of our own. */
export function cpuShare(): CpuShare {
  const folder = join(root, `eks-lambda-bench-${process.pid}`);
  const set = (file: string, value: number) => writeFileSync(join(folder, file), String(value));
  try {
    mkdirSync(folder);
    set("cpu.cfs_period_us", periodUs);
  } catch (error) {
    return unheld(`no cgroup v1 to write to: ${error instanceof Error ? error.message : error}`);
  }
  return {
    hold: (memoryMb) => set("cpu.cfs_quota_us", memoryMb ? Math.round((periodUs * memoryMb) / vcpuMb) : -1),
    inside: (command) => ["sh", "-c", `echo $$ > ${join(folder, "cgroup.procs")} && exec "$@"`, "sh", ...command],
    async remove() {
      // The kernel lets go of a group a moment after its last process.
      for (let tries = 0; ; tries += 1) {
        try {
          return rmdirSync(folder);
        } catch (error) {
          if (tries === 20) throw error;
          await sleep(50);
        }
      }
    },
  };
}
