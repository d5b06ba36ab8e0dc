/** A command inside the sandbox: it finds AWS and the cluster as it would find any, and leaves nothing behind. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type SandboxOptions, startSandbox } from "./index.ts";

export interface SandboxIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that is `eks-lambda` inside. */
  readonly cli: string;
  /** Takes the message when the command cannot be started. */
  readonly warn: (line: string) => void;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ends with the command's exit code, 127 when there is no such command; a shell when none is given. */
export async function runInSandbox(
  command: readonly string[],
  options: SandboxOptions,
  io: SandboxIo,
): Promise<number> {
  const [program = io.env.SHELL ?? "sh", ...args] = command;
  const sandbox = await startSandbox(options);
  const folder = mkdtempSync(join(tmpdir(), "eks-lambda-shell-"));
  const wrapper = join(folder, "eks-lambda");
  writeFileSync(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${io.cli}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const own = Object.entries(io.env).filter(([name]) => !/^(AWS_.*|KUBECONFIG)$/.test(name));
  const PATH = [folder, io.env.PATH].filter(Boolean).join(delimiter);
  const env = {
    ...Object.fromEntries(own),
    ...sandbox.env,
    PATH,
    ...{ KUBECONFIG: join(folder, "kubeconfig"), XDG_STATE_HOME: join(folder, "state") },
  };
  const child = spawn(program, args, { env, stdio: "inherit" });
  // A terminal gives Ctrl-C to the command itself too; others tell this process alone.
  const forward = (signal: NodeJS.Signals) =>
    signal !== "SIGINT" || !process.stdin.isTTY ? child.kill(signal) : undefined;
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve) => {
      child.on("error", (error) => {
        io.warn(error.message);
        resolve(127);
      });
      child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
