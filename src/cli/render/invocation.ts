/** Renders the function's result. */
import { onStderr, onStdout } from "./palette.ts";
import { lines, linesOf, type Text, tell, text } from "./text.ts";

/** A function that is not ours may return any JSON value. */
export function renderResult(result: unknown): Text {
  const fields = (result ?? {}) as Fields;
  const { action } = fields;
  const shown = typeof action === "string" && Object.hasOwn(actions, action) ? actions[action]?.(fields) : undefined;
  return shown ?? text`${JSON.stringify(result)}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** Renderers by the result's `action`. Each returns `undefined` if the fields do not fit the action. */
const actions: Readonly<Record<string, (result: Fields) => Text | undefined>> = {
  created: ({ kind, namespace, name, replicas }) =>
    lines([
      text`${onStdout.green("created")} ${String(kind)} ${String(namespace)}/${String(name)} with ${String(replicas)} replicas`,
      onStdout.dim(text`see it with: kubectl get deployment ${String(name)} --namespace ${String(namespace)}`),
    ]),
  unchanged: ({ kind, namespace, name }) =>
    text`${onStdout.dim("unchanged")} ${String(kind)} ${String(namespace)}/${String(name)} already exists`,
  check: ({ checks }) =>
    Array.isArray(checks)
      ? lines(
          checks.map((check) => text`${check?.ok ? onStdout.green("✔") : onStdout.red("✖")} ${String(check?.name)}`),
        )
      : undefined,
};

/** The tail of the function's log, on stderr, for a failed invocation. */
export function renderLog(log: string): void {
  for (const line of linesOf(log.trim())) if (line.shown) tell(onStderr.dim(text`log   ${line}`));
}
