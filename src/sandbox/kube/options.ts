/** What a request's query asks for. A parameter that the sandbox does not know is refused, not ignored. */
import type { Kind } from "./kinds.ts";
import { badRequest, invalid, notHere, type Problem, unsupported } from "./status.ts";
import { isOn } from "./target.ts";

const writing = ["dryRun", "fieldManager", "fieldValidation"];
const selecting = ["labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch"];
const watching = ["watch", "timeoutSeconds", "allowWatchBookmarks", "sendInitialEvents"];
const deleting = ["dryRun", "gracePeriodSeconds", "propagationPolicy"];
/** By verb, or by subresource where it has parameters of its own. `pretty` and `timeout` are for all. */
const known: Readonly<Record<string, readonly string[]>> = {
  get: ["resourceVersion"],
  list: [...selecting, ...watching],
  watch: [...selecting, ...watching],
  create: writing,
  update: writing,
  patch: [...writing, "force"],
  delete: deleting,
  deletecollection: [...selecting, ...deleting],
  log: ["container", "follow", "limitBytes", "previous", "sinceSeconds", "tailLines", "timestamps"],
};

export function refuseUnknownOptions(what: string, query: URLSearchParams): void {
  for (const name of query.keys())
    if (name !== "pretty" && name !== "timeout" && !known[what]?.includes(name))
      throw notHere(`the parameter "${name}" of ${what}`);
}

/** Throws 400 for what is no whole number. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^[-+]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}

/** `CreateOptions`, `PatchOptions` and the like are what a problem in a query is told of. */
const optionsOf = (kind: string): Pick<Kind, "group" | "kind"> => ({ group: "meta.k8s.io", kind });
export const invalidOptions = (kind: string, problems: readonly Problem[]): Error =>
  invalid(optionsOf(kind), "", problems);

/** True for `All`; throws 422 for anything else. */
export function isDryRun(values: readonly string[], options: string): boolean {
  const others = values.filter((value) => value !== "All");
  const why = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
  if (others.length > 0) throw invalidOptions(options, [["dryRun", why]]);
  return values.length > 0;
}

/** Throws 422 for what does not go together. Source: apimachinery's validation of ListOptions */
export function checkVersions(query: URLSearchParams): void {
  const [match, version, isWatch] = [
    query.get("resourceVersionMatch") ?? "",
    query.get("resourceVersion"),
    isOn(query.get("watch")),
  ];
  const initial = query.has("sendInitialEvents");
  const problems: Problem[] = [];
  const forbid = (when: unknown, field: string, why: string) => when && problems.push([field, `Forbidden: ${why}`]);
  const own = "resourceVersionMatch";
  if (isWatch) {
    forbid(initial && match !== "NotOlderThan", own, `sendInitialEvents requires setting ${own} to NotOlderThan`);
    forbid(match && !initial, own, `${own} is forbidden for watch unless sendInitialEvents is provided`);
    if (match && match !== "NotOlderThan") problems.push([own, unsupported(match, "NotOlderThan")]);
  } else {
    forbid(match && !version, own, `${own} is forbidden unless resourceVersion is provided`);
    forbid(match && query.get("continue"), own, `${own} is forbidden when continue is provided`);
    if (match && !/^(Exact|NotOlderThan)$/.test(match))
      problems.push([own, unsupported(match, "Exact", "NotOlderThan", "")]);
    forbid(match === "Exact" && version === "0", own, `${own} "exact" is forbidden for resourceVersion "0"`);
    forbid(initial, "sendInitialEvents", "sendInitialEvents is forbidden for list");
  }
  if (problems.length > 0) throw invalidOptions("ListOptions", problems);
}
