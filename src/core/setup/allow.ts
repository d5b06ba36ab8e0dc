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
import { usageError } from "../errors.ts";
import { readKinds, type ServedKind } from "../kube/kinds.ts";
import { distinctNeeds, formatNeed, formatResource } from "../kube/need.ts";
import type { Kube } from "../kube/request.ts";
import { nearest } from "../nearest.ts";
import { type Allow, parseAllow } from "../parameters/allow.ts";
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
 * The target with what `--allow` lets the stock function do; without the flag, what the stack remembers. Asks the API server
 * which kinds are meant. Throws `InvalidNeed` for a resource that the cluster does not have, or that several groups have.
 */
export async function withAllowed(kube: Kube, target: Target): Promise<Target> {
  if (target.config.source) return target;
  const { config, found } = target;
  const { allow = [] } = (target.rights.sourcePath === undefined && found?.deployed) || {};
  const all = config.allow ?? allow.map(parseAllow);
  if (all.length === 0) return target;
  const allowed = await resolved(kube, all);
  const rights: Rights = { ...target.rights, allowed, needs: distinctNeeds(needsOf(allowed)) };
  return { ...target, rights };
}

/** What the stack lets its function do, for a run on this computer. */
export async function allowedBy(kube: Kube, parameters: Pairs | undefined): Promise<readonly Allowed[]> {
  const all = fieldOf("allow", parameters).map(parseAllow);
  return onlyImages(all.length > 0 ? await resolved(kube, all) : defaultAllowed, fieldOf("allowImage", parameters));
}

/** Each once. */
async function resolved(kube: Kube, given: readonly Allow[]): Promise<readonly Allowed[]> {
  const kinds = await readKinds(kube);
  const all = given.map((one) => resolve(one, kinds));
  return [...new Map(all.map((one) => [formatAllowed(one), one])).values()];
}

function resolve(text: Allow, kinds: readonly ServedKind[]): Allowed {
  const { action, resource, group, names, namespace } = text;
  const typed = `${action}:${group === undefined ? resource : `${resource}.${group}`}`;
  const known = resourcesFor(action);
  const fitting = kinds.filter((kind) => known === undefined || known.includes(formatResource(kind)));
  const [found, ...others] = fitting.filter(
    (kind) => kind.resource === resource && (group === undefined || kind.group === group),
  );
  if (!found) throw unknownResource(typed, text, fitting);
  if (others.length > 0) {
    const all = [found, ...others].map(formatResource);
    throw usageError(
      "InvalidNeed",
      `several groups of the cluster have "${resource}": ${all.join(", ")}`,
      `choose one: --allow ${formatText({ ...text, resource: all.find((one) => one.includes(".")) ?? all[0] ?? "" })}`,
    );
  }
  const { namespaced, ...kind } = found;
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
