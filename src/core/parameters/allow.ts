/** Reads `--allow [+|-]ACTION:RESOURCE[.GROUP][/NAME[,NAME…]][@NAMESPACE]`. */
import type { Allowed } from "../actions/allowed.ts";
import { actions } from "../actions/index.ts";
import { usageError } from "../errors.ts";
import { knownResource } from "../kind-words.ts";
import { nearest } from "../nearest.ts";

/** As it was written. Without a group, the cluster says which group has the resource. */
export interface Allow {
  readonly action: string;
  readonly resource: string;
  readonly group: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly namespace: string | undefined;
}

/** A rule that `--allow` adds to those of the stack, or removes from them. */
export interface AllowEdit {
  readonly kind: "add" | "remove";
  readonly rule: Allow;
}

/** What `--allow` says: all rules of the function, or changes of them. */
export type AllowFlag = { readonly rules: readonly Allow[] } | { readonly edits: readonly AllowEdit[] };

/** True if it gives the function another action than that of the walkthrough. */
export function givesMore(flag: AllowFlag | undefined): boolean {
  if (flag === undefined) return false;
  const given = "rules" in flag ? flag.rules : flag.edits.flatMap(({ kind, rule }) => (kind === "add" ? [rule] : []));
  return given.some(({ action }) => action !== "create");
}

const isEdit = (text: string): boolean => /^[-+]/.test(text);

/** Throws `InvalidNeed` (usage). */
export function readAllow(texts: readonly string[]): AllowFlag {
  const edits = texts.filter(isEdit);
  if (edits.length === 0) return { rules: texts.map(parseAllow) };
  const whole = texts.find((text) => !isEdit(text));
  if (whole !== undefined)
    throw usageError(
      "InvalidNeed",
      `--allow has "${edits[0]}", which changes the rules, and "${whole}", which replaces them all`,
      "write + or - before each rule, or before none",
    );
  return {
    edits: edits.map((text) => ({ kind: text.startsWith("+") ? "add" : "remove", rule: parseAllow(text.slice(1)) })),
  };
}

const example = "write ACTION:RESOURCE[.GROUP][/NAME,…][@NAMESPACE], for example restart:deployments/web@shop";

const name = "[A-Za-z0-9](?:[-A-Za-z0-9.:]*[A-Za-z0-9])?";
const notation = new RegExp(
  `^(?<action>[a-z-]+):(?<resource>[A-Za-z0-9-]+)(?:\\.(?<group>[a-z0-9.-]+))?(?:/(?<names>${name}(?:,${name})*))?(?:@(?<namespace>\\*|[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?))?$`,
);

/** Throws `InvalidNeed` (usage). */
export function parseAllow(text: string): Allow {
  const { action = "", resource = "", group, names, namespace } = notation.exec(text)?.groups ?? {};
  if (action === "") throw usageError("InvalidNeed", `cannot read the allowed action "${text}"`, example);
  const allowable = [...actions.keys()].map(String).filter((one) => one !== "check");
  if (!allowable.includes(action)) {
    const meant = nearest(action, allowable);
    throw usageError(
      "InvalidNeed",
      `there is no action "${action}" to allow (in "${text}")`,
      meant ? `did you mean "${meant}${text.slice(action.length)}"?` : `the actions are ${allowable.join(", ")}`,
    );
  }
  return { action, ...kindOf(resource, group), names: names?.split(","), namespace };
}

/** With the plural for other words of Kubernetes' own kinds. The cluster knows the words for the others. */
function kindOf(resource: string, group: string | undefined): Pick<Allow, "resource" | "group"> {
  const known = knownResource(group === undefined ? resource : `${resource}.${group}`);
  const [plural = "", ...own] = known?.split(".") ?? [resource.toLowerCase()];
  return { resource: plural, group: plural === resource || own.length === 0 ? group : own.join(".") };
}

/** What a function says that it may do, without kind and version, which only the cluster knows. Throws `InvalidNeed`. */
export function readAllowed(text: string): Allowed {
  const { group = "", names, namespace, ...what } = parseAllow(text);
  return { ...what, group, version: "v1", kind: "", ...(names && { names }), ...(namespace && { namespace }) };
}
