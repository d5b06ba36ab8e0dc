/** Describes the machine and the programs of a run. */
import { cpus, release, totalmem } from "node:os";
import { run } from "../../test/e2e/backend/run.ts";

export interface Machine {
  readonly cpu: string;
  readonly memoryGb: number;
  readonly kernel: string;
  /** Programs and their versions. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The first words of a program's version output. */
export async function version(command: string, ...args: string[]): Promise<string> {
  const said = await run(command, args).catch(() => "not there");
  return said.match(/v?\d+\.\d+[\w.-]*/)?.[0] ?? said.trim();
}

export async function machine(versions: Readonly<Record<string, string>>): Promise<Machine> {
  const all = cpus();
  return {
    cpu: `${all.length} × ${all[0]?.model.trim() ?? "unknown"}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    versions: { node: process.version, ...versions },
  };
}
