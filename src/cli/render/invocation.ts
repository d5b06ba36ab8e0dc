/** Renders the function's result. */
import { command, option } from "../../core/command.ts";
import { counted } from "../../core/text.ts";
import { statusOf } from "../rollout-status.ts";
import { columnsOf, commandLine, hanging } from "./layout.ts";
import { onStderr, onStdout } from "./palette.ts";
import { renderRollout } from "./rollout.ts";
import { lines, linesOf, type Text, tell, text } from "./text.ts";

/** A function that is not ours may return any JSON value. `now`: milliseconds since 1970, for ages. */
export function renderResult(result: unknown, now: number): Text {
  const fields = (result ?? {}) as Fields;
  const { action, kind, name } = fields;
  if (Array.isArray(fields.checks)) return checksOf(fields.checks);
  const status = statusOf(result);
  if (status) return renderRollout(status, now);
  const isOurs = [action, kind, name].every((field) => typeof field === "string");
  return isOurs ? changeOf(fields) : text`${JSON.stringify(result)}`;
}

type Fields = Readonly<Record<string, unknown>>;

const checksOf = (checks: readonly Fields[]): Text =>
  lines(checks.map((check) => text`${check?.ok ? onStdout.green("✔") : onStdout.red("✖")} ${String(check?.name)}`));

/** `created Deployment default/web with 2 replicas`, and how to see it. */
function changeOf({ action, kind, namespace, name, ...details }: Fields): Text {
  const place = namespace === undefined ? String(name) : text`${String(namespace)}/${String(name)}`;
  const isChanged = action !== "unchanged";
  const done = text`${isChanged ? onStdout.green(String(action)) : onStdout.dim("unchanged")} ${String(kind)} ${place}`;
  const columns = columnsOf(process.stdout);
  const see = commandLine(
    "see it with: ",
    command`kubectl get ${String(kind).toLowerCase()} ${String(name)} ${option("--namespace", namespace as string | undefined)}`,
    columns,
  );
  const said = hanging("", text`${done}${detailsOf(details)}`, columns);
  return lines([said, ...(isChanged ? [onStdout.dim(see)] : []), ...outputOf(details)]);
}

const isMap = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function detailsOf({ replicas, images, from, revision }: Fields): Text {
  if (typeof replicas === "number") {
    const before = typeof from === "number" ? ` instead of ${from}` : "";
    return text` with ${counted(replicas, "replica")}${before}`;
  }
  if (isMap(images)) {
    const each = Object.entries(images).map(([container, image]) => `${container}=${image}`);
    return text` with ${each.join(", ")}`;
  }
  return typeof revision === "number" ? text` to revision ${revision}` : text``;
}

/** The last lines of a Job's log. */
const outputOf = ({ lines: log }: Fields): readonly Text[] =>
  Array.isArray(log) ? log.map((line: unknown) => onStdout.dim(text`  | ${String(line)}`)) : [];

/** The tail of the function's log, on stderr, for a failed invocation. */
export function renderLog(log: string): void {
  for (const line of linesOf(log.trim())) if (line.shown) tell(onStderr.dim(text`log   ${line}`));
}
