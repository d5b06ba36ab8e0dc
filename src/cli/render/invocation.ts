/** What the function answered. */
import chalk, { chalkStderr } from "chalk";

/** Another function than ours may return any JSON value. */
export function renderResult(result: unknown): void {
  const { action } = (result ?? {}) as Fields;
  const line = typeof action === "string" && Object.hasOwn(lines, action) ? lines[action] : undefined;
  process.stdout.write(`${line?.(result as Fields) ?? JSON.stringify(result)}\n`);
}

type Fields = Readonly<Record<string, unknown>>;
/** Returns `undefined` for fields that are not those of the action. */
type Line = (result: Fields) => string | undefined;

/** By the result's `action`. */
const lines: Readonly<Record<string, Line>> = {
  created: ({ kind, namespace, name, replicas }) =>
    `${chalk.green("created")} ${kind} ${namespace}/${name} with ${replicas} replicas\n${chalk.dim(`see it with: kubectl get deployment ${name} --namespace ${namespace}`)}`,
  unchanged: ({ kind, namespace, name }) => `${chalk.dim("unchanged")} ${kind} ${namespace}/${name} is there already`,
  check: ({ checks }) =>
    Array.isArray(checks)
      ? checks.map((check) => `${check?.ok ? chalk.green("✔") : chalk.red("✖")} ${check?.name}`).join("\n")
      : undefined,
};

/** The tail of the function's log, on stderr, for a failed invocation. */
export function renderLog(log: string): void {
  for (const line of log.trim().split("\n").filter(Boolean))
    process.stderr.write(`${chalkStderr.dim(`log   ${line}`)}\n`);
}
