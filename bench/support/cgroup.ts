/**
 * The CPU share that Lambda gives a function, by memory: 1,769 MB are one vCPU.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/sys/fs/cgroup/cpu";
/** How often a share is given anew. */
export const periodMs = 20;
const periodUs = 1000 * periodMs;
/** As much memory as has one whole vCPU. */
export const vcpuMb = 1769;

/** In MB. */
export type Memory = number | "unthrottled";

export interface CpuShare {
  /** What runs inside has the CPU of so much memory from now on, or all CPUs. */
  hold(memory: Memory): void;
  /** A command that runs the given one inside. */
  inside(command: readonly string[]): readonly string[];
  remove(): Promise<void>;
}

/** Makes a cgroup (v1). Throws where there are none to write to. */
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
