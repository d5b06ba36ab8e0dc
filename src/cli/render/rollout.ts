/**
 * Renders the state of a workload or Job: its replicas, its Pods with their ages, and why some do not run. What containers
 * and events say has a mark, so that none of their lines looks like a hint.
 */
import type { Problem } from "../../core/actions/explain/problems.ts";
import type { PodStatus, RecentEvent, RolloutStatus } from "../rollout-status.ts";
import { widest } from "./layout.ts";
import { onStdout as colour } from "./palette.ts";
import { lines, linesOf, type Text, text } from "./text.ts";

const mostPods = 10;

/** `now`: milliseconds since 1970, for ages. */
export function renderRollout(status: RolloutStatus, now: number): Text {
  const { pods, problems, events, state } = status;
  const [running, troubled] = [pods.filter(({ ready }) => ready), pods.filter(({ ready }) => !ready)];
  // Pods that do not run come first, so that they are not cut off.
  const shown = [...troubled, ...running].slice(0, mostPods);
  const width = widest(shown.map(({ name }) => name));
  const warnings = state === "complete" ? [] : events.filter(({ type }) => type === "Warning").slice(-3);
  return lines([
    headline(status),
    ...shown.map((pod) => podLine(pod, width, now)),
    ...(pods.length > shown.length ? [colour.dim(text`  and ${pods.length - shown.length} more Pods`)] : []),
    ...(problems.length > 0 ? ["why", ...problems.flatMap(problemLines)] : []),
    ...(warnings.length > 0 ? ["warnings", ...warnings.map((event) => eventLine(event, now))] : []),
  ]);
}

const signs = { complete: colour.green("✔"), failed: colour.red("✖"), progressing: colour.yellow("~") };

function headline({ kind, namespace, name, state, message, replicas }: RolloutStatus): Text {
  const sign = state === undefined ? colour.dim("·") : (signs[state] ?? colour.dim("·"));
  const place = namespace === undefined ? "" : `${namespace}/`;
  const outcome = state === undefined ? "" : text` is ${state}`;
  const why = message ? text`: ${message}` : "";
  const counts = countsOf(replicas);
  return lines([text`${sign} ${kind} ${place}${name}${outcome}${why}`, ...(counts ? [text`  ${counts}`] : [])]);
}

/** In the order of a rollout; the names are those of Deployments, StatefulSets, DaemonSets and Jobs. */
const counted: readonly (readonly [field: string, word: string])[] = [
  ["replicas", "replicas"],
  ["desiredNumberScheduled", "desired"],
  ["updatedReplicas", "updated"],
  ["updatedNumberScheduled", "updated"],
  ["readyReplicas", "ready"],
  ["numberReady", "ready"],
  ["availableReplicas", "available"],
  ["numberAvailable", "available"],
  ["unavailableReplicas", "unavailable"],
  ["numberUnavailable", "unavailable"],
  ["active", "active"],
  ["succeeded", "succeeded"],
  ["failed", "failed"],
];

const countsOf = (replicas: RolloutStatus["replicas"]): string =>
  counted.flatMap(([field, word]) => (replicas[field] === undefined ? [] : [`${replicas[field]} ${word}`])).join(", ");

function podLine({ name, phase = "Unknown", ready, since }: PodStatus, width: number, now: number): Text {
  const sign = ready ? colour.green("✔") : colour.red("✖");
  return text`  ${sign} ${name.padEnd(width)}  ${phase.padEnd(9)}  ${colour.dim(age(since, now))}`;
}

function problemLines({ reason, message, pod, pods = 1, container, image, exitCode, lines: log = [] }: Problem) {
  const where = pod && `Pod ${pod}${pods > 1 ? ` and ${pods - 1} more` : ""}`;
  const what = container && `container "${container}"${image ? ` of ${image}` : ""}`;
  const code = exitCode === undefined ? "" : `, exit code ${exitCode}`;
  const about = [where, what].filter(Boolean).join(", ");
  return [
    text`  ${colour.red(text`✖ ${reason}${code}`)}${about ? text`  ${about}` : ""}`,
    ...(message ? linesOf(message).map((line) => text`    | ${line}`) : []),
    ...log.map((line) => colour.dim(text`    | ${line}`)),
  ];
}

const eventLine = ({ reason = "", about = "", message = "", count = 1, time }: RecentEvent, now: number): Text =>
  text`  | ${colour.yellow(reason)}  ${about}${count > 1 ? ` ×${count}` : ""}  ${message}  ${colour.dim(age(time, now))}`;

/** As kubectl shows ages: `45s`, `5m`, `3h`, `2d`. Empty if unknown. */
export function age(since: string | undefined, now: number): string {
  const seconds = Math.max(Math.floor((now - Date.parse(since ?? "")) / 1_000), 0);
  if (Number.isNaN(seconds)) return "";
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
