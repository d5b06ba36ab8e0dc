/** Query parameters. A parameter that the sandbox does not support is an error, never ignored. */
import { badRequest, type GroupKind, invalid, notSupported, type Problem, unsupported } from "./status.ts";
import { isOn } from "./target.ts";

const writing = ["dryRun", "fieldManager", "fieldValidation"];
const selecting = ["labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch"];
const watching = ["watch", "timeoutSeconds", "allowWatchBookmarks", "sendInitialEvents"];
const deleting = ["dryRun", "gracePeriodSeconds", "propagationPolicy"];
/** By verb, or by subresource if it has its own parameters. All requests take `pretty` and `timeout`. */
const known: Readonly<Record<string, readonly string[]>> = {
  get: ["resourceVersion", "includeObject"],
  list: [...selecting, ...watching, "includeObject"],
  watch: [...selecting, ...watching, "includeObject"],
  create: writing,
  update: writing,
  patch: [...writing, "force"],
  delete: deleting,
  deletecollection: [...selecting, ...deleting],
  log: ["container", "follow", "limitBytes", "previous", "sinceSeconds", "tailLines", "timestamps"],
};

/** Throws 501 for a parameter that the sandbox does not support. */
export function refuseUnknownOptions(what: string, query: URLSearchParams): void {
  for (const name of query.keys())
    if (name !== "pretty" && name !== "timeout" && !known[what]?.includes(name))
      throw notSupported(`the parameter "${name}" of ${what}`);
}

/** Throws 400 if the value is not an integer. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^[-+]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}

/** The API server reports a problem in a query as one of `CreateOptions`, `PatchOptions`, …. */
const optionsOf = (kind: string): GroupKind => ({ group: "meta.k8s.io", kind });
export const invalidOptions = (kind: string, problems: readonly Problem[]): Error =>
  invalid(optionsOf(kind), "", problems);

/** True for `All`; throws 422 for anything else. */
export function isDryRun(values: readonly string[], options: string): boolean {
  const others = values.filter((value) => value !== "All");
  const why = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
  if (others.length > 0) throw invalidOptions(options, [["dryRun", why]]);
  return values.length > 0;
}

const match = "resourceVersionMatch";

/** Throws 422 for options that exclude each other. Source: apimachinery's validation of ListOptions */
export function checkVersions(query: URLSearchParams): void {
  const problems = isOn(query.get("watch")) ? problemsOfWatch(query) : problemsOfList(query);
  if (problems.length > 0) throw invalidOptions("ListOptions", problems);
}

const forbidden = (field: string, why: string): Problem => [field, `Forbidden: ${field} ${why}`];

function problemsOfWatch(query: URLSearchParams): readonly Problem[] {
  const given = query.get(match) ?? "";
  const isInitial = query.has("sendInitialEvents");
  const problems: Problem[] = [];
  if (isInitial && given !== "NotOlderThan")
    problems.push([match, `Forbidden: sendInitialEvents requires setting ${match} to NotOlderThan`]);
  if (given && !isInitial)
    problems.push(forbidden(match, "is forbidden for watch unless sendInitialEvents is provided"));
  if (given && given !== "NotOlderThan") problems.push([match, unsupported(given, ["NotOlderThan"])]);
  return problems;
}

function problemsOfList(query: URLSearchParams): readonly Problem[] {
  const [given, version] = [query.get(match) ?? "", query.get("resourceVersion")];
  const problems: Problem[] = [];
  if (given && !version) problems.push(forbidden(match, "is forbidden unless resourceVersion is provided"));
  if (given && query.get("continue")) problems.push(forbidden(match, "is forbidden when continue is provided"));
  if (given && !/^(Exact|NotOlderThan)$/.test(given))
    problems.push([match, unsupported(given, ["Exact", "NotOlderThan", ""])]);
  if (given === "Exact" && version === "0")
    problems.push(forbidden(match, '"exact" is forbidden for resourceVersion "0"'));
  if (query.has("sendInitialEvents")) problems.push(forbidden("sendInitialEvents", "is forbidden for list"));
  return problems;
}
