/** What the function may do: the stock function's needs, those that a source declares, or those of `--allow`. */

import { type Allowed, defaultAllowed, needsOf } from "../actions/allowed.ts";
import { advice, allQuoted, Command, option } from "../command.ts";
import { usageError } from "../errors.ts";
import { distinctNeeds, formatNeed, type Need } from "../kube/need.ts";
import { placedIn } from "../kube/review.ts";
import { readAllowed } from "../parameters/allow.ts";
import type { Deployed } from "../parameters/deployed.ts";
import { separator } from "../parameters/texts.ts";
import type { Config } from "../setup/config.ts";

/** Where the rights come from: the stock function, a source that declares them, or `--allow` with one that does not. */
export type Origin = "stock" | "code" | "allow";

/** Needs that name no namespace are for the function's own. */
export interface Rights {
  readonly needs: readonly Need[];
  /** The actions of the stock function, if `--allow` chose them. */
  readonly allowed?: readonly Allowed[];
  /** What the stack of an earlier run has. Empty without a stack. */
  readonly earlier: readonly Need[];
  readonly origin: Origin;
  /** The source's path as it was given, `undefined` for the stock function. */
  readonly sourcePath: string | undefined;
}

/** Of the stock function. */
const stockNeeds: readonly Need[] = needsOf(defaultAllowed);

type Found = { readonly deployed: Pick<Deployed, "needs" | "entry" | "allow"> } | undefined;

/** The rights of the deployed function; without a stack, those of the stock function. */
export function deployedRights(found: Found): Rights {
  const { needs = stockNeeds, entry: sourcePath, allow = [] } = found?.deployed ?? {};
  const origin = sourcePath === undefined ? "stock" : allow.length === 0 ? "code" : "allow";
  return { needs, earlier: found ? needs : [], origin, sourcePath };
}

/**
 * The rights that setup gives. The cluster can change those of the stock function: it knows the kinds that `--allow`
 * means. Throws `EntryNeeded`, `RightsNotDeclared`, `RightsDeclaredTwice`.
 */
export function wantedRights(
  { source, needs: allowed, keepsSource }: Pick<Config, "source" | "needs" | "keepsSource">,
  found: Found,
): Rights {
  const deployed = deployedRights(found);
  if (!source) {
    if (deployed.sourcePath !== undefined && keepsSource) return deployed;
    if (deployed.sourcePath !== undefined) throw sourceNeeded(deployed.sourcePath);
    const { allow = [] } = found?.deployed ?? {};
    const needs = allow.length > 0 ? distinctNeeds(needsOf(allow.map(readAllowed))) : stockNeeds;
    return { ...deployed, needs, origin: "stock" };
  }
  const { path, needs: declared } = source;
  if (declared && allowed) throw declaredTwice(path, declared);
  const origin = declared ? "code" : "allow";
  const needs = declared ?? allowed ?? (deployed.origin === "allow" ? deployed.needs : undefined);
  if (!needs) throw notDeclared(path);
  return { ...deployed, needs, origin, sourcePath: path };
}

const sourceNeeded = (path: string) =>
  usageError(
    "EntryNeeded",
    `the stack has the function of ${path}, and this run names none: setup does not replace it by the stock function`,
    advice`add ${new Command([allQuoted(option("--entry", path))])}; for one more function choose another --name`,
  );

const declaredTwice = (path: string, needs: readonly Need[]) =>
  usageError(
    "RightsDeclaredTwice",
    `${path} declares its rights (${needs.map(formatNeed).join(separator)}), and so does --allow`,
    "leave --allow out, or the needs in the code",
  );

const notDeclared = (path: string) =>
  usageError(
    "RightsNotDeclared",
    `${path} does not say what it may do in the cluster`,
    "export a handler of defineFunction, which declares its needs; or name them: --allow 'get,list pods' 'patch deployments.apps web'",
  );

/** Each with its namespace. */
export const placedNeeds = (needs: readonly Need[], namespace: string): readonly Need[] =>
  needs.map((need) => placedIn(namespace, need));

/** One verb on one name of one resource, as RBAC allows it. */
const atomsOf = (needs: readonly Need[]): ReadonlySet<string> =>
  new Set(
    needs.flatMap(({ group, resource, verbs, names = [""], namespace, cluster }) =>
      verbs.flatMap((verb) => names.map((name) => JSON.stringify([group, resource, verb, name, cluster ?? namespace]))),
    ),
  );

/** True if `needs` lack a right that `earlier` have. Both have their namespaces. */
export function lacks(needs: readonly Need[], earlier: readonly Need[]): boolean {
  const has = atomsOf(needs);
  return [...atomsOf(earlier)].some((atom) => !has.has(atom));
}

/** True if the rights differ from those of the stack of an earlier run. */
export const changesRights = ({ rights: { needs, earlier } }: { readonly rights: Rights }): boolean =>
  earlier.length > 0 && (lacks(needs, earlier) || lacks(earlier, needs));
