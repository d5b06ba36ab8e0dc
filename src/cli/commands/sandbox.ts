/** `eks-lambda sandbox -- COMMAND…`: a place to try everything, and to test against. */
import { fileURLToPath } from "node:url";
import { usageError } from "../../core/errors.ts";
import { runInSandbox } from "../../sandbox/run.ts";

interface SandboxFlags {
  readonly cluster: string;
  readonly region: string;
  readonly authMode: string;
}

const modes = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] as const;

export async function sandbox(command: readonly string[], { cluster, region, authMode }: SandboxFlags): Promise<void> {
  const authenticationMode = modes.find((mode) => mode === authMode);
  if (!authenticationMode)
    throw usageError("InvalidFlag", `--auth-mode is "${authMode}"; it must be one of ${modes.join(", ")}`);
  // The command inside decides what Ctrl-C means; this process ends when it does.
  process.removeAllListeners("SIGINT");
  const io = {
    env: process.env,
    cli: fileURLToPath(new URL("../../bin/eks-lambda.js", import.meta.url)),
    warn: (line: string) => void process.stderr.write(`${line}\n`),
  };
  process.exitCode = await runInSandbox(command, { cluster, region, authenticationMode }, io);
}
