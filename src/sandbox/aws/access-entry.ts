/** Access entries of EKS. */
import { randomUUID } from "node:crypto";
import { type AssociatedPolicy, isKnownPolicy } from "../kube/access-policies.ts";
import type { Cluster, Data, Resource } from "../model.ts";
import { arnOf } from "../partition.ts";
import { now, type State, type World } from "../state.ts";
import { byArn } from "./operation.ts";
import { awsError, notFound } from "./refusal.ts";

export function clusterOf({ state }: World, name: unknown): Cluster {
  const cluster = state.clusters.get(`${name}`);
  if (!cluster) throw notFound(`No cluster found for name: ${name}.`);
  return cluster;
}

/** Throws if the cluster does not exist, or if its authentication mode has no access entries. */
export function clusterWithEntries(world: World, name: unknown): Cluster {
  const cluster = clusterOf(world, name);
  const why = "authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
  if (cluster.authenticationMode?.startsWith("API")) return cluster;
  throw awsError("InvalidRequestException", `The cluster's ${why}`);
}

/** Returns an access entry as EKS describes it. It holds the role's unique ID, so it does not apply to a new role of the same name. */
export function accessEntry(properties: Data, world: World, old?: Resource): Data {
  const { ClusterName: clusterName, PrincipalArn, Username, KubernetesGroups: groups = [], Type: type } = properties;
  const principalArn = `${PrincipalArn}`;
  clusterWithEntries(world, clusterName);
  const role = byArn(world, principalArn);
  if (!old && !isKnown(world, role)) throw refusal("The specified principalArn is invalid: invalid principal.");
  refuseNames(Username, groups as readonly string[]);
  const time = now(world) / 1000;
  const made = old?.attributes ?? newEntry(entryArn(`${clusterName}`, principalArn, world), time, role);
  const username = Username || defaultUsername(principalArn);
  const given = {
    clusterName,
    principalArn,
    username,
    kubernetesGroups: groups,
    type: type ?? "STANDARD",
    tags: tagsOf(properties),
  };
  return { ...made, ...given, ...policiesIn(properties, world), modifiedAt: time };
}

/** Of `AWS::EKS::AccessEntry`. */
interface AccessPolicy {
  readonly PolicyArn?: unknown;
  readonly AccessScope?: { readonly Type?: unknown; readonly Namespaces?: unknown };
}

/** Those that CloudFormation associates. */
const policiesIn = ({ AccessPolicies: all }: Data, world: World): Data =>
  Array.isArray(all)
    ? {
        accessPolicies: all.map((one: AccessPolicy) => {
          const { PolicyArn: policyArn, AccessScope: { Type: type, Namespaces: namespaces } = {} } = one;
          return associated(world, { policyArn, accessScope: { type, namespaces } });
        }),
      }
    : {};

/** Throws for a policy that EKS does not have, for one that the sandbox does not know, and for a scope without namespaces. */
export function associated(
  world: World,
  { policyArn: given, accessScope }: Data,
  before: readonly AssociatedPolicy[] = [],
): AssociatedPolicy {
  const policyArn = `${given}`;
  const { type, namespaces = [] } = (accessScope ?? {}) as Partial<AssociatedPolicy["accessScope"]>;
  if (!/^arn:aws[\w-]*:eks::aws:cluster-access-policy\/\w+$/.test(policyArn))
    throw refusal("The policyArn parameter format is not valid");
  if (type !== "cluster" && type !== "namespace") throw refusal(`The accessScope type ${type} is not valid`);
  if ((type === "namespace") !== namespaces.length > 0)
    throw refusal("The accessScope namespaces must be given for the type namespace, and for no other");
  if (!isKnownPolicy(policyArn))
    throw awsError("NotImplemented", `the sandbox does not support the access policy ${policyArn}`, 501);
  const time = now(world) / 1000;
  const old = before.find((one) => one.policyArn === policyArn);
  return {
    associatedAt: time,
    ...old,
    policyArn,
    accessScope: { type, namespaces },
    modifiedAt: time,
  } as AssociatedPolicy;
}

function isKnown({ state, faults }: World, role: Resource | undefined): boolean {
  if (!role) return false;
  const id = `${role.attributes.RoleId}`;
  const refused = state.refusedRoles.get(id) ?? 0;
  if (refused >= faults.newRoleRefusals) return true;
  state.refusedRoles.set(id, refused + 1);
  return false;
}

/** CloudFormation names the attribute `AccessEntryArn`. */
const newEntry = (accessEntryArn: string, createdAt: number, role?: Resource): Data => ({
  accessEntryArn,
  AccessEntryArn: accessEntryArn,
  createdAt,
  principalId: role?.attributes.RoleId,
});

/** The entry's access policies. */
export const policiesOf = ({ resources }: State, key: string): readonly AssociatedPolicy[] =>
  (resources.get(key)?.attributes.accessPolicies ?? []) as readonly AssociatedPolicy[];

/** As CloudFormation lists them. */
const tagsOf = ({ Tags = [] }: Data): Data =>
  Object.fromEntries((Tags as readonly Data[]).map(({ Key, Value }) => [`${Key}`, Value]));

export const refusal = (why: string) => awsError("InvalidParameterException", why);

function refuseNames(username: unknown, groups: readonly string[]): void {
  const prefix = ["system:", "eks:", "aws:", "amazon:", "iam:"].find((one) => `${username ?? ""}`.startsWith(one));
  if (prefix) throw refusal(`The username must not begin with ${prefix}`);
  const group = groups.find((one) => one.startsWith("system:"));
  if (group) throw refusal(`The kubernetes group name ${group} is invalid, it cannot start with system:`);
}

/** Source: "Create access entries" in the EKS User Guide. */
const defaultUsername = (arn: string): string =>
  arn.replace(/:iam::(\d+):role\/(?:.*\/)?([^/]+)$/, ":sts::$1:assumed-role/$2/{{SessionName}}");

function entryArn(cluster: string, principal: string, world: World): string {
  const [kind, ...name] = principal.replace(/^.*:/, "").split("/");
  const path = [cluster, kind, world.account, ...name, randomUUID()].join("/");
  return arnOf(world, "eks", `access-entry/${path}`);
}
