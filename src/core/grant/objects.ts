/** Roles and bindings of a grant, and who may change them. */
import { advice } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { type Need, rulesOf } from "../kube/need.ts";
import type { Resource } from "../plan.ts";
import {
  type Binding,
  content,
  isRole,
  kubectlDelete,
  named,
  pairsOf,
  type RbacObject,
  type Role,
  showRules,
} from "../rbac/objects.ts";
import { type ClusterPorts, rbacResource } from "../rbac/resource.ts";
import { grantName, isMarkedFor, type MadeMapping, mappingIn, marksOn, needsIn, roleIn } from "./marks.ts";

export interface Declaration {
  /** The role's ARN with its path. */
  readonly role: string;
  /** The Kubernetes user that the role is mapped to. */
  readonly user: string;
  /** Each with its namespace, or for the cluster. */
  readonly needs: readonly Need[];
  readonly mapping: MadeMapping;
}

export interface GrantObjects {
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

export function objectsOf({ role, user, needs, mapping }: Declaration): GrantObjects {
  const marks = (own: readonly Need[]) => marksOn({ role, needs: own, mapping });
  const pairs = pairsOf({ name: grantName(role), users: [user], needs, marks });
  return { roles: pairs.map(({ role }) => role), bindings: pairs.map(({ binding }) => binding) };
}

const declaredRules = ({ metadata }: RbacObject): string => showRules(rulesOf(needsIn(metadata)));

/** True if the Role has the rules that it records: RBAC lets nobody write rules that they do not hold themselves. */
export const hasRecorded = (role: Role): boolean => declaredRules(role) === content(role);

function show(object: RbacObject): string {
  const declared = declaredRules(object);
  const differs = declared === content(object) ? [] : [`declared: ${declared}`];
  const [role, mapping] = [roleIn(object.metadata) ?? "nobody", mappingIn(object.metadata) ?? "unknown"];
  return [content(object), `for ${role}, mapped by ${mapping}`, ...differs].join("\n");
}

/** Plans and writes one object. `roleArn` is whom it must be marked for. */
export const grantResource = <T extends RbacObject>(ports: ClusterPorts, wanted: T, roleArn: string): Resource<T> =>
  rbacResource(ports, {
    wanted,
    show,
    keep: (found, after) =>
      after || isMarkedFor(found.metadata, roleArn) ? undefined : "it no longer has the mark of this grant",
    refuse: (found, after) => refuseOthers(found, after, roleArn),
  });

/** Throws `RoleNotOurs`, `RoleBindingNotOurs` for an object without our mark, or a binding to another role. */
function refuseOthers(found: RbacObject, wanted: RbacObject, roleArn: string): void {
  const isOurs = isMarkedFor(found.metadata, roleArn);
  const refersElsewhere =
    !isRole(found) && !isRole(wanted) && content(found).split(" to ")[0] !== content(wanted).split(" to ")[0];
  if (isOurs && !refersElsewhere) return;
  throw new EksLambdaError(
    isRole(wanted) ? "RoleNotOurs" : "RoleBindingNotOurs",
    isOurs
      ? `${named(wanted)} is for another role now, and that cannot be changed: ${content(found)}`
      : `${named(wanted)} has the name that this grant uses, but someone else created it: ${content(found)}`,
    { hint: advice`delete it if nothing needs it: ${kubectlDelete(wanted)}` },
  );
}
