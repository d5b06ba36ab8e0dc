/** kubectl as the administrator of a new sandbox. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox } from "../../src/sandbox/index.ts";
import { type Outcome, run } from "../acceptance/support/run.ts";
import { writeKubeconfig } from "../support/kubeconfig.ts";

export interface Kubectl {
  /** Runs `kubectl COMMAND`. */
  call(command: string, stdin?: string): Promise<Outcome>;
  /** The arguments and environment for another way to run it. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** `program`: the kubectl to run. */
export async function kubectlInSandbox(program: string): Promise<Kubectl> {
  const sandbox = await startSandbox();
  const home = await mkdtemp(join(tmpdir(), "eks-lambda-kubectl-"));
  const kubeconfig = join(home, "config");
  const { cluster, adminToken: token } = sandbox;
  await writeKubeconfig(kubeconfig, { ...cluster, token });
  const env = { HOME: home, PATH: process.env.PATH ?? "", EDITOR: "true" };
  const flags = ["--kubeconfig", kubeconfig];
  return {
    ...{ env, flags },
    call: (command, stdin) => run(program, `${command} ${flags.join(" ")}`, env, stdin),
    async stop() {
      await sandbox.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
