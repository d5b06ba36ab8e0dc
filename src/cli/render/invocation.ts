/** What the function answered. */
import chalk, { chalkStderr } from "chalk";

export function renderResult(result: Readonly<Record<string, unknown>>): void {
  const line = lines[String(result.action)] ?? ((other) => JSON.stringify(other));
  process.stdout.write(`${line(result)}\n`);
}

type Line = (result: Readonly<Record<string, unknown>>) => string;

/** By the result's `action`. */
const lines: Readonly<Record<string, Line>> = {
  created: ({ kind, namespace, name, replicas }) =>
    `${chalk.green("created")} ${kind} ${namespace}/${name} with ${replicas} replicas\n${chalk.dim(`see it with: kubectl get deployment ${name} --namespace ${namespace}`)}`,
  unchanged: ({ kind, namespace, name }) => `${chalk.dim("unchanged")} ${kind} ${namespace}/${name} is there already`,
  check: ({ checks }) =>
    (checks as readonly { name: string; ok: boolean }[])
      .map(({ name, ok }) => `${ok ? chalk.green("✔") : chalk.red("✖")} ${name}`)
      .join("\n"),
};

/** The tail of the function's log, on stderr, for a failed invocation. */
export function renderLog(log: string): void {
  for (const line of log.trim().split("\n").filter(Boolean))
    process.stderr.write(`${chalkStderr.dim(`log   ${line}`)}\n`);
}
