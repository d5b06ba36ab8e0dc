/** `eks-lambda sandbox -- COMMAND…`: a place to try everything, and to test against. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { usageError } from "../../core/errors.ts";
import { startSandbox } from "../../sandbox/index.ts";
import { tell, text } from "../render/text.ts";
import { isKnownShell, prepareShells } from "../shells.ts";

export interface SandboxFlags {
  readonly cluster: string;
  readonly region: string;
  readonly authMode: string;
}

const modes = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] as const;

/** Ends with the command's exit code, 127 when there is no such command; a shell when none is given. */
export async function sandbox(command: readonly string[], { cluster, region, authMode }: SandboxFlags): Promise<void> {
  const authenticationMode = modes.find((mode) => mode === authMode);
  if (!authenticationMode)
    throw usageError("InvalidFlag", `--auth-mode is "${authMode}"; it must be one of ${modes.join(", ")}`);
  // The command inside decides what Ctrl-C means; this process ends when it does.
  process.removeAllListeners("SIGINT");
  const started = await startSandbox({ cluster, region, authenticationMode });
  try {
    process.exitCode = await runInside(command, started.env);
  } finally {
    await started.stop();
  }
}

type Variables = Readonly<Record<string, string>>;

/** This process's environment without what it says of AWS and clusters, with the sandbox's, and `eks-lambda` on the PATH. */
function prepare(folder: string, sandbox: Variables, asked: string) {
  const cli = fileURLToPath(new URL("../../bin/eks-lambda.cjs", import.meta.url));
  const held = { ...sandbox, KUBECONFIG: join(folder, "kubeconfig"), XDG_STATE_HOME: join(folder, "state") };
  const { program, env } = prepareShells({ folder, own: process.env, held }, asked);
  mkdirSync(join(folder, "bin"), { recursive: true }); // Nothing has made it where none of the shells is installed.
  writeFileSync(join(folder, "bin/eks-lambda"), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, {
    mode: 0o755,
  });
  const own = Object.entries(process.env).filter(([name]) => !/^AWS_/.test(name));
  return { program, env: { ...Object.fromEntries(own), ...held, ...env } };
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function runInside(command: readonly string[], sandbox: Variables): Promise<number> {
  const [asked = process.env.SHELL || "sh", ...args] = command;
  if (command.length === 0 && !isKnownShell(asked))
    tell(text`warning: what the rc files of ${asked} set for AWS and kubectl holds inside, too`);
  // A terminal gives Ctrl-C to the command itself too; others tell this process alone.
  const forward = (signal: NodeJS.Signals) =>
    signal !== "SIGINT" || !process.stdin.isTTY ? child.kill(signal) : undefined;
  // Before the folder and the command are there: one that comes while they are made is heard right after.
  for (const signal of signals) process.on(signal, forward);
  const folder = mkdtempSync(join(tmpdir(), "eks-lambda-shell-"));
  const { program, env } = prepare(folder, sandbox, asked);
  const child = spawn(program, args, { env, stdio: "inherit" });
  try {
    const [code, signal] = await once(child, "exit");
    return (code as number | null) ?? 128 + constants.signals[signal as NodeJS.Signals];
  } catch (error) {
    tell((error as Error).message);
    return 127;
  } finally {
    for (const signal of signals) process.off(signal, forward);
    rmSync(folder, { recursive: true, force: true });
  }
}
