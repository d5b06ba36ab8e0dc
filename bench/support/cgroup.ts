/**
 * The CPU share that Lambda gives a function, by memory: 1,769 MB are one vCPU.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/sys/fs/cgroup/cpu";
/** Period of the CPU quota. */
export const periodMs = 20;
const periodUs = 1000 * periodMs;
/** Memory in MB that gets one whole vCPU. */
export const vcpuMb = 1769;

/** Memory in MB. */
export type Memory = number | "unthrottled";

export interface CpuShare {
  /** Limits the processes inside to the CPU share for this memory, or lifts the limit. */
  hold(memory: Memory): void;
  /** Wraps a command so that it runs inside. */
  inside(command: readonly string[]): readonly string[];
  remove(): Promise<void>;
}

/** Creates a cgroup (v1). Throws if cgroups are not writable. */
export function cpuShare(): CpuShare {
  const folder = join(root, `eks-lambda-bench-${process.pid}`);
  const set = (file: string, value: number) => writeFileSync(join(folder, file), String(value));
  try {
    mkdirSync(folder);
    set("cpu.cfs_period_us", periodUs);
  } catch (cause) {
    throw new Error(`a share of a CPU cannot be held here: there is no cgroup v1 to write to in ${root}`, { cause });
  }
  return {
    hold: (memory) => set("cpu.cfs_quota_us", memory === "unthrottled" ? -1 : Math.round((periodUs * memory) / vcpuMb)),
    inside: (command) => ["sh", "-c", `echo $$ > ${join(folder, "cgroup.procs")} && exec "$@"`, "sh", ...command],
    async remove() {
      // The kernel releases a group shortly after its last process has ended.
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
