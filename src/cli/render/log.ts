/** Renders events of the function's log. */

import type { LogEvent } from "../../core/aws/logs.ts";
import { adviceFor } from "../../core/function-hints.ts";
import { isFrame, type LogLine, lineOf } from "../../core/stack/log-lines.ts";
import type { Flags } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { onStdout as colour } from "./palette.ts";
import { lines, linesOf, type Text, text } from "./text.ts";

/**
 * One line, and more for the hint and further lines of a message, which have a mark: text of others has no line that looks
 * like a hint or another event. `given`: the flags of this run, for commands in hints.
 */
export function renderEvent({ time, message }: LogEvent, given: Flags): Text {
  const at = colour.dim(new Date(time).toISOString());
  const line = lineOf(message);
  if (line) return ofLine(line, at, given);
  const [first = "", ...others] = linesOf(message.trimEnd());
  const all = lines([text`${at}  ${first}`, ...others.map(further)]);
  return isFrame(message) ? colour.dim(all) : all;
}

const further = (line: Text): Text => text`    | ${line}`;

function ofLine(line: LogLine, at: Text, given: Flags): Text {
  const { level, requestId, durationMs, action = "", result, ...failure } = line;
  const about = colour.dim(text`${durationMs} ms, request ${requestId}`);
  if (level === "INFO") return text`${at}  ${colour.green("✔")} ${action}  ${outcome(result)}  ${about}`;
  const { error, message = error ?? "", code } = failure;
  const hint = adviceFor(code ?? "", failure.hint);
  const [first = "", ...others] = linesOf(message);
  const why = code === undefined ? text`${first}` : text`${first} (${code})`;
  return lines([
    text`${at}  ${colour.red("✖")} ${action}  ${why}  ${about}`,
    ...others.map(further),
    ...(hint === undefined ? [] : [text`    hint  ${repeating(given, hint)}`]),
  ]);
}

/** `created Deployment default/web`. */
function outcome({ action, kind, namespace, name, checks }: Readonly<Record<string, unknown>> = {}): Text {
  if (Array.isArray(checks))
    return text`${checks.filter((check: unknown) => Boolean(Object(check).ok)).length} of ${checks.length} passed`;
  const place = namespace === undefined ? "" : `${namespace}/`;
  return text`${[action, kind, name === undefined ? undefined : `${place}${name}`].filter(Boolean).join(" ")}`;
}
