/** Roles and bindings of a stack: what another owner has is not changed. */

import { managedBy } from "../actions/deployment.ts";
import { advice } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { ownerMarks } from "../kube/owner.ts";
import type { Resource } from "../plan.ts";
import { comparable, content, isRole, kubectlDelete, named, type RbacObject } from "./objects.ts";
import { ownerOf, type Standing, standingOf } from "./ownership.ts";
import { type ClusterPorts, rbacResource } from "./resource.ts";

/** The marks of what a stack owns. */
export function marksOfOwner(owner: string): Pick<RbacObject["metadata"], "labels" | "annotations"> {
  const { labels, annotations } = ownerMarks(owner);
  return { labels: { ...managedBy, ...labels }, annotations };
}

export interface ObjectOptions<T> {
  readonly wanted: T;
  /** Our stack, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
  /** True if an object without an owner's mark belongs to our stack. */
  readonly isAdopted: (found: T) => Promise<boolean> | boolean;
  /** Overwrite an object that no other stack owns. */
  readonly force: boolean;
}

export function clusterObject<T extends RbacObject>(ports: ClusterPorts, options: ObjectOptions<T>): Resource<T> {
  const { wanted, owner, force } = options;

  async function standing(found: T): Promise<Standing> {
    const marked = standingOf(found.metadata, owner);
    return marked === "unmarked" && (await options.isAdopted(found)) ? "ours" : marked;
  }
  return rbacResource(ports, {
    wanted,
    show: (value) => `${comparable(value)}\nowner: ${ownerOf(value.metadata) ?? "none"}`,
    async keep(found, after) {
      const whose = await standing(found);
      if (whose === "ours") return undefined;
      if (!after) return whyKept(wanted, whose);
      const suffices = whose === "foreign" && comparable(found) === comparable(after);
      return suffices ? `someone else created this ${wanted.kind}, and it grants what is needed` : undefined;
    },
    async refuse(found) {
      refuseOtherRole(found, wanted);
      const whose = await standing(found);
      if (whose === "ours" || (force && typeof whose === "string")) return;
      throw notOurs(wanted, whose, found);
    },
  });
}

/** A binding's Role cannot be changed. Throws `RoleBindingNotOurs`. */
function refuseOtherRole(found: RbacObject, wanted: RbacObject): void {
  if (isRole(found) || isRole(wanted)) return;
  const { kind, name } = found.roleRef;
  if (kind === wanted.roleRef.kind && name === wanted.roleRef.name) return;
  throw new EksLambdaError(
    "RoleBindingNotOurs",
    `${named(wanted)} is for ${kind} "${name}", and that cannot be changed`,
    { hint: advice`choose another name with --rbac-name, or delete it: ${kubectlDelete(wanted)}` },
  );
}

const whyKept = (wanted: RbacObject, whose: Exclude<Standing, "ours">): string => {
  const { kind } = wanted;
  if (whose === "foreign") return `someone else created this ${kind}`;
  if (whose !== "unmarked") return `this ${kind} belongs to the stack ${whose.stack}`;
  return `an earlier version created this ${kind}, perhaps for another stack: ${kubectlDelete(wanted)}`;
};

function notOurs(wanted: RbacObject, whose: Exclude<Standing, "ours">, found: RbacObject): EksLambdaError {
  const code = isRole(wanted) ? "RoleNotOurs" : "RoleBindingNotOurs";
  if (whose === "foreign")
    return new EksLambdaError(
      code,
      `${named(wanted)} was created by someone else and differs: it has "${content(found)}", not "${content(wanted)}"`,
      { hint: "choose another name with --rbac-name, or overwrite it with --force-conflicts" },
    );
  if (whose === "unmarked")
    return new EksLambdaError(
      code,
      `${named(wanted)} was created by an earlier version of eks-lambda, perhaps for another stack`,
      { hint: "choose another name with --rbac-name; if no other stack needs it, take it over with --force-conflicts" },
    );
  const both =
    wanted.metadata.namespace === undefined
      ? (["ClusterRole", "ClusterRoleBinding"] as const)
      : (["Role", "RoleBinding"] as const);
  return new EksLambdaError(code, `${named(wanted)} belongs to another stack, ${whose.stack}`, {
    hint: advice`choose another name with --rbac-name; if that stack is gone: ${kubectlDelete(wanted, both)}`,
  });
}
