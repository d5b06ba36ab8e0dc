/** Renders the function's result. */
import { command, option } from "../../core/command.ts";
import { counted } from "../../core/text.ts";
import { statusOf } from "../rollout-status.ts";
import { columnsOf, commandLine, hanging, widest } from "./layout.ts";
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
  if (Array.isArray(fields.objects) && /^(applied|deleted)$/.test(String(action))) return objectsOf(fields);
  if (action === "read" && "value" in fields) return textOfValue(fields.value);
  const isOurs = [action, kind, name].every((field) => typeof field === "string");
  return isOurs ? changeOf(fields) : text`${JSON.stringify(result)}`;
}

/** What `get` read: text as it is, an object as JSON. */
function textOfValue(value: unknown): Text {
  const shown = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  return lines(shown.split("\n").map((line) => text`${line}`));
}

type Fields = Readonly<Record<string, unknown>>;

const checksOf = (checks: readonly Fields[]): Text =>
  lines(checks.map((check) => text`${check?.ok ? onStdout.green("✔") : onStdout.red("✖")} ${String(check?.name)}`));

/** A line for each object that was applied or deleted: `created Deployment shop/web`. */
function objectsOf({ objects, pruned }: Fields): Text {
  const all: readonly Fields[] = [
    ...asList(objects).map((one) => ({ ...one, how: "" })),
    ...asList(pruned).map((one) => ({ ...one, action: "deleted", how: ", no longer in the set" })),
  ];
  const width = widest(all.map(({ action }) => String(action)));
  const row = ({ action, kind, namespace, name, how }: Fields): Text => {
    const colour = action === "unchanged" ? onStdout.dim : action === "deleted" ? onStdout.red : onStdout.green;
    return text`${colour(String(action).padEnd(width))}  ${String(kind)} ${placeOf(namespace, name)}${String(how)}`;
  };
  return lines(all.map(row));
}

const asList = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map((one: unknown): Fields => ({ ...(one as object) })) : [];

const placeOf = (namespace: unknown, name: unknown): string =>
  namespace === undefined ? String(name) : `${String(namespace)}/${String(name)}`;

/** `created Deployment default/web with 2 replicas`, and how to see it. */
function changeOf({ action, kind, namespace, name, ...details }: Fields): Text {
  const place = placeOf(namespace, name);
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
