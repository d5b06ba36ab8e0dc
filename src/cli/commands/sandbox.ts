/** `eks-lambda sandbox -- COMMAND…`: runs a command with an embedded EKS and AWS. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { advice, command } from "../../core/command.ts";
import { type EksLambdaError, usageError } from "../../core/errors.ts";
import { putContext } from "../../core/kubeconfig/context.ts";
import { modeNames, oldestMode } from "../../core/mapping/modes.ts";
import { nearest } from "../../core/nearest.ts";
import { partitionOf } from "../../core/partition.ts";
import { shellWords } from "../../core/text.ts";
import { startSandbox } from "../../sandbox/index.ts";
import { type FlagsOf, flagTable } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { renderError } from "../render/error.ts";
import { columnsOf, hanging } from "../render/layout.ts";
import { renderSandbox } from "../render/sandbox.ts";
import { tell, text } from "../render/text.ts";
import { isKnownShell, prepareShells } from "../shells.ts";

/** Exits with the command's exit code, 127 if the command does not exist, or 126 if it cannot be run. Starts a shell if no command is given. */
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
    process.exitCode = await runInside(words, { env: started.env, kubeconfig: kubeconfigOf(started) });
  } finally {
    await started.stop();
  }
  const next = repeating(
    {},
    advice`the sandbox ended with its command; to keep one open: ${command`eks-lambda sandbox`}`,
  );
  if (words.length > 0 && process.stderr.isTTY) tell(hanging("", next, columnsOf(process.stderr)));
}

type Variables = Readonly<Record<string, string>>;

/** As `aws eks update-kubeconfig` names it. That command's token would be for the sandbox's STS, not for Amazon's. */
function kubeconfigOf({ account, region, cluster }: Awaited<ReturnType<typeof startSandbox>>): string {
  const arn = `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/${cluster.name}`;
  const exec = { command: "eks-lambda", args: ["token", "--cluster", cluster.name, "--region", region] };
  const context = { name: arn, arn, server: cluster.endpoint, ca: cluster.ca, exec };
  return putContext("# The administrator of the sandbox.\n", context, { useContext: true });
}

interface Inside {
  readonly env: Variables;
  /** The file's text. */
  readonly kubeconfig: string;
}

/**
 * Returns this process's environment with its AWS and cluster variables replaced by the sandbox's, and adds
 * `eks-lambda` to the PATH. Hints inside need no `npx` then: the package manager that started this process goes.
 */
function prepare(folder: string, inside: Inside, asked: string) {
  const cli = fileURLToPath(new URL("../../bin/eks-lambda.cjs", import.meta.url));
  const held = { ...inside.env, KUBECONFIG: join(folder, "kubeconfig"), XDG_STATE_HOME: join(folder, "state") };
  const { program, env } = prepareShells({ folder, own: process.env, held }, asked);
  writeFileSync(join(folder, "bin/eks-lambda"), `#!/bin/sh\nexec ${shellWords([process.execPath, cli])} "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(held.KUBECONFIG, inside.kubeconfig, { mode: 0o600 });
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|npm_config_user_agent$)/.test(name));
  return { program, env: { ...Object.fromEntries(own), ...held, ...env } };
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function runInside(command: readonly string[], inside: Inside): Promise<number> {
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
  const { program, env } = prepare(folder, inside, asked);
  const child = spawn(program, args, { env, stdio: "inherit" });
  try {
    const [code, signal]: readonly unknown[] = await once(child, "exit");
    return (code as number | null) ?? 128 + constants.signals[signal as NodeJS.Signals];
  } catch (error) {
    renderError(notStarted(asked, error as NodeJS.ErrnoException), { flags: {}, json: false, verbose: false });
    return isDenied(error) ? 126 : 127;
  } finally {
    for (const signal of signals) process.off(signal, forward);
    rmSync(folder, { recursive: true, force: true });
  }
}

const isDenied = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EACCES";

/** `asked`: the program that is to run. */
function notStarted(asked: string, error: NodeJS.ErrnoException): EksLambdaError {
  const inside = (words: readonly string[]) => command`eks-lambda sandbox -- ${words}`;
  if (isDenied(error))
    return usageError(
      "UnknownCommand",
      `"${asked}" cannot be run: it is not an executable program`,
      command`chmod +x ${asked}`,
    );
  if (error.code !== "ENOENT") return usageError("UnknownCommand", `"${asked}" cannot be run: ${error.message}`);
  const words = asked.split(" ");
  const close = nearest(asked, Object.keys(flagTable));
  const instead =
    words.length > 1
      ? advice`if it is a command line, leave its quotes out: ${inside(words)}`
      : close !== undefined
        ? advice`did you mean \`${inside(["eks-lambda", close])}\`?`
        : "check its name; a shell builtin or an alias needs a shell: sh -c 'COMMAND'";
  return usageError(
    "UnknownCommand",
    `there is no command "${asked}"${asked.includes("/") ? "" : " on your PATH"}`,
    instead,
  );
}
