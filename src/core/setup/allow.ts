/** What `--allow` lets the stock function do, with the kinds that the cluster has. */
import {
  type Allowed,
  defaultAllowed,
  formatAllowed,
  formatted,
  needsOf,
  onlyImages,
  resourcesFor,
} from "../actions/allowed.ts";
import type { Pairs } from "../aws/cloudformation.ts";
import { advice, command } from "../command.ts";
import { usageError } from "../errors.ts";
import { readKinds, type ServedKind } from "../kube/kinds.ts";
import { distinctNeeds, formatNeed, formatResource } from "../kube/need.ts";
import type { Kube } from "../kube/request.ts";
import { nearest } from "../nearest.ts";
import { type Allow, type AllowEdit, parseAllow } from "../parameters/allow.ts";
import { fieldOf } from "../parameters/deployed.ts";
import { within } from "../parameters/texts.ts";
import type { Rights } from "../rbac/rights.ts";
import type { Target } from "./target.ts";

/** The texts for the stack: none for what is allowed without `--allow`. Throws `TooManyRights`. */
export function allowOf({ origin, needs, allowed = defaultAllowed }: Rights): readonly string[] {
  if (origin === "allow") return needs.map(formatNeed);
  if (JSON.stringify(allowed) === JSON.stringify(defaultAllowed)) return [];
  return within(allowed.map(formatAllowed), `the ${allowed.length} allowed actions`, "name fewer objects");
}

/**
 * The target with what `--allow` lets the stock function do; without the flag, what the stack keeps. Asks the API server
 * which kinds are meant. Throws `InvalidNeed` for a resource that the cluster does not have, or that several groups have.
 */
export async function withAllowed(kube: Kube, target: Target): Promise<Target> {
  if (target.config.source) return target;
  const { config, found } = target;
  const { allow = [] } = (target.rights.sourcePath === undefined && found?.deployed) || {};
  const flag = config.allowFlag;
  if (!flag && allow.length === 0) return target;
  const kinds = await readKinds(kube);
  const kept = () => (allow.length === 0 ? defaultAllowed : resolved(kinds, allow.map(parseAllow)));
  const allowed = flag && "rules" in flag ? resolved(kinds, flag.rules) : edited(kinds, kept(), flag?.edits ?? []);
  const rights: Rights = { ...target.rights, allowed, needs: distinctNeeds(needsOf(allowed)) };
  return { ...target, rights };
}

/** What the stack lets its function do, for a run on this computer. */
export async function allowedBy(kube: Kube, parameters: Pairs | undefined): Promise<readonly Allowed[]> {
  const all = fieldOf("allow", parameters).map(parseAllow);
  return onlyImages(
    all.length > 0 ? resolved(await readKinds(kube), all) : defaultAllowed,
    fieldOf("allowImage", parameters),
  );
}

/**
 * The rules with those that `--allow` adds, and without those that it removes. Throws `InvalidNeed` for a rule to remove
 * that is not there, and if none would be left: the stack has no text for that.
 */
function edited(
  kinds: readonly ServedKind[],
  rules: readonly Allowed[],
  edits: readonly AllowEdit[],
): readonly Allowed[] {
  const all = new Map(rules.map((one) => [formatAllowed(one), one]));
  for (const { kind, rule } of edits) {
    const one = resolve(rule, kinds);
    const text = formatAllowed(one);
    if (kind === "add" && !all.has(text)) all.set(text, one);
    if (kind === "remove" && !all.delete(text))
      throw usageError(
        "InvalidNeed",
        `--allow removes "${text}", which the function is not allowed`,
        `its rules are ${rules.map(formatAllowed).join(", ")}`,
      );
  }
  if (all.size === 0)
    throw usageError(
      "InvalidNeed",
      "--allow removes all rules of the function",
      advice`add another in the same command: --allow +ACTION:RESOURCE; \`${command`eks-lambda teardown`}\` removes the function`,
    );
  return [...all.values()];
}

/** Each once. */
function resolved(kinds: readonly ServedKind[], given: readonly Allow[]): readonly Allowed[] {
  const all = given.map((one) => resolve(one, kinds));
  return [...new Map(all.map((one) => [formatAllowed(one), one])).values()];
}

function resolve(text: Allow, kinds: readonly ServedKind[]): Allowed {
  const { action, resource, group, names, namespace } = text;
  const typed = `${action}:${group === undefined ? resource : `${resource}.${group}`}`;
  const known = resourcesFor(action);
  const fitting = kinds.filter((kind) => known === undefined || known.includes(formatResource(kind)));
  const ofGroup = fitting.filter((kind) => group === undefined || kind.group === group);
  const named = ofGroup.filter((kind) => kind.resource === resource);
  const [found, ...others] = named.length > 0 ? named : ofGroup.filter(({ words }) => words.includes(resource));
  if (!found) throw unknownResource(typed, text, fitting);
  if (others.length > 0) {
    const all = [found, ...others].map(formatResource);
    throw usageError(
      "InvalidNeed",
      `several groups of the cluster have "${resource}": ${all.join(", ")}`,
      `choose one: --allow ${formatText({ ...text, resource: all.find((one) => one.includes(".")) ?? all[0] ?? "" })}`,
    );
  }
  const { namespaced, words: _, ...kind } = found;
  if (!namespaced && namespace !== undefined && namespace !== "*")
    throw usageError(
      "InvalidNeed",
      `${resource} have no namespace (in "${typed}@${namespace}")`,
      `write ${formatText({ ...text, resource: typed.slice(action.length + 1), namespace: undefined })}`,
    );
  return {
    action,
    ...kind,
    ...(namespaced ? namespace !== undefined && { namespace } : { namespace: "*", clusterScoped: true }),
    ...(names && { names }),
  };
}

/** The text with another resource, for the same objects: without its names it would allow more. */
const formatText = ({ action, resource, names, namespace }: Allow): string =>
  formatted({ action, resource, name: names?.join(), namespace });

function unknownResource(typed: string, text: Allow, fitting: readonly ServedKind[]) {
  const { action, resource, group } = text;
  const all = fitting.map(formatResource);
  const wanted = group === undefined ? resource : `${resource}.${group}`;
  const meant = nearest(wanted, all) ?? all.find((one) => one.split(".")[0] === nearest(resource, plurals(all)));
  const acts = resourcesFor(action);
  return usageError(
    "InvalidNeed",
    `the cluster has no resource "${wanted}" that \`${action}\` acts on (in "${typed}")`,
    meant
      ? `did you mean --allow ${formatText({ ...text, resource: meant })}?`
      : acts
        ? `\`${action}\` acts on ${acts.join(", ")}`
        : "`kubectl api-resources` shows plurals and groups",
  );
}

const plurals = (all: readonly string[]): readonly string[] => all.map((one) => one.split(".")[0] ?? one);
