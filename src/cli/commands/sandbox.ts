/** `eks-lambda sandbox -- COMMAND…`: runs a command with an embedded EKS and AWS. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { advice, command } from "../../core/command.ts";
import { usageError } from "../../core/errors.ts";
import { modeNames, oldestMode } from "../../core/mapping/modes.ts";
import { shellWords } from "../../core/text.ts";
import { startSandbox } from "../../sandbox/index.ts";
import type { FlagsOf } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { columnsOf, hanging } from "../render/layout.ts";
import { renderSandbox } from "../render/sandbox.ts";
import { tell, text } from "../render/text.ts";
import { isKnownShell, prepareShells } from "../shells.ts";

/** Exits with the command's exit code, or 127 if the command does not exist. Starts a shell if no command is given. */
export async function sandbox(words: readonly string[], flags: FlagsOf<"sandbox">): Promise<void> {
  const { cluster = "demo", region = "us-east-1", authMode = oldestMode } = flags;
  const authenticationMode = modeNames.find((mode) => mode === authMode);
  if (!authenticationMode)
    throw usageError("InvalidFlag", `--auth-mode is "${authMode}"; it must be one of ${modeNames.join(", ")}`);
  // The command inside handles Ctrl-C. This process ends with it.
  process.removeAllListeners("SIGINT");
  const started = await startSandbox({ cluster, region, authenticationMode });
  try {
    if (words.length === 0) tell(renderSandbox({ account: started.account, cluster, region }));
    process.exitCode = await runInside(words, started.env);
  } finally {
    await started.stop();
  }
  const next = repeating(
    {},
    advice`the sandbox has ended with its command; to go on inside: ${command`eks-lambda sandbox`}`,
  );
  if (words.length > 0 && process.stderr.isTTY) tell(hanging("", next, columnsOf(process.stderr)));
}

type Variables = Readonly<Record<string, string>>;

/**
 * Returns this process's environment with its AWS and cluster variables replaced by the sandbox's, and adds
 * `eks-lambda` to the PATH. Hints inside need no `npx` then: the package manager that started this process goes.
 */
function prepare(folder: string, sandbox: Variables, asked: string) {
  const cli = fileURLToPath(new URL("../../bin/eks-lambda.cjs", import.meta.url));
  const held = { ...sandbox, KUBECONFIG: join(folder, "kubeconfig"), XDG_STATE_HOME: join(folder, "state") };
  const { program, env } = prepareShells({ folder, own: process.env, held }, asked);
  writeFileSync(join(folder, "bin/eks-lambda"), `#!/bin/sh\nexec ${shellWords([process.execPath, cli])} "$@"\n`, {
    mode: 0o755,
  });
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|npm_config_user_agent$)/.test(name));
  return { program, env: { ...Object.fromEntries(own), ...held, ...env } };
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function runInside(command: readonly string[], sandbox: Variables): Promise<number> {
  const [asked = process.env.SHELL || "sh", ...args] = command;
  if (command.length === 0 && !isKnownShell(asked))
    tell(
      hanging(
        "warning: ",
        text`the rc files of ${asked} can override the sandbox's settings for AWS and kubectl`,
        columnsOf(process.stderr),
      ),
    );
  // A terminal sends Ctrl-C to the command, too. Other senders signal only this process.
  const forward = (signal: NodeJS.Signals) =>
    signal !== "SIGINT" || !process.stdin.isTTY ? child.kill(signal) : undefined;
  // Register first, so that a signal during preparation is forwarded right after it.
  for (const signal of signals) process.on(signal, forward);
  const folder = mkdtempSync(join(tmpdir(), "eks-lambda-shell-"));
  const { program, env } = prepare(folder, sandbox, asked);
  const child = spawn(program, args, { env, stdio: "inherit" });
  try {
    const [code, signal]: readonly unknown[] = await once(child, "exit");
    return (code as number | null) ?? 128 + constants.signals[signal as NodeJS.Signals];
  } catch (error) {
    tell((error as Error).message);
    return 127;
  } finally {
    for (const signal of signals) process.off(signal, forward);
    rmSync(folder, { recursive: true, force: true });
  }
}
