/** What there is, seen without the code that is tested: the account, the cluster's objects, who is who and may do what. */
import { parse } from "yaml";
import { configMaps } from "../support/sandbox.ts";
import type { World } from "./world.ts";

/** Data that the test only compares, or looks into. */
// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds
type Data = any;

export interface Entry {
  readonly rolearn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
}

export interface Seen {
  readonly mapRoles: string | undefined;
  /** The entries of `mapRoles`. */
  readonly entries: readonly Entry[];
  /** The rest of the ConfigMap's data. */
  readonly awsAuth: Data;
  /** Annotations of the ConfigMap. */
  readonly marks: Readonly<Record<string, string>>;
  /** By kind, namespace and name: `Role default/readers`. */
  readonly objects: Readonly<Record<string, Data>>;
  readonly resources: Readonly<Record<string, Data>>;
  readonly stacks: Readonly<
    Record<string, { readonly status: string; readonly parameters: Readonly<Record<string, string>> }>
  >;
  /** The cluster's. */
  readonly endpoint: string | undefined;
  readonly kubeconfig: string;
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const lists = {
  Deployment: "/apis/apps/v1/deployments",
  Role: `${rbac}/roles`,
  RoleBinding: `${rbac}/rolebindings`,
  ClusterRole: `${rbac}/clusterroles`,
  ClusterRoleBinding: `${rbac}/clusterrolebindings`,
};

export const account = "123456789012";
export const arnOf = (roleName: string): string => `arn:aws:iam::${account}:role/${roleName}`;

export async function look(world: World): Promise<Seen> {
  const { resources, stacks, endpoint } = await world.sandbox().inventory();
  const objects: Record<string, Data> = {};
  for (const [kind, path] of Object.entries(lists)) {
    for (const { status, ...object } of (await world.admin("GET", path)).items) {
      const { name, namespace = "", ...metadata } = object.metadata;
      // The controllers write these.
      const { "deployment.kubernetes.io/revision": _, ...annotations } = metadata.annotations ?? {};
      if (kind === "Deployment") Object.assign(metadata, { annotations, resourceVersion: "", managedFields: [] });
      objects[`${kind} ${namespace}/${name}`] = { ...object, metadata };
    }
  }
  const map = await world.admin("GET", `${configMaps}/aws-auth`);
  const { mapRoles, ...data } = map?.data ?? {};
  return {
    mapRoles,
    entries: parse(mapRoles ?? "") ?? [],
    awsAuth: data,
    marks: map?.metadata.annotations ?? {},
    ...{ objects, resources, stacks, endpoint },
    kubeconfig: await world.kubeconfig(),
  };
}

/** Stacks, by name, and ARNs of roles: mapped by us, or granted something. */
export interface Ours {
  readonly stacks: readonly string[];
  readonly roles: readonly string[];
  readonly granted: readonly string[];
}

export const ownerOf = ({ metadata: { annotations = {} } }: Data): string | undefined =>
  annotations["eks-lambda/owner"];

/** What a stack owns in the cluster, as `objects` names it. */
export const ownedBy = ({ objects }: Seen, stack: string): readonly string[] =>
  Object.entries(objects)
    .filter(([, object]) => ownerOf(object) === `${account}/us-east-1/${stack}`)
    .map(([name]) => name)
    .sort();

/** The Roles and RoleBindings that a role was granted. */
export const grantedTo = ({ objects }: Seen, arn: string): readonly string[] =>
  Object.entries(objects)
    .filter(
      ([, { metadata }]) => metadata.labels?.["eks-lambda/grant"] && metadata.annotations["eks-lambda/role"] === arn,
    )
    .map(([name]) => name)
    .sort();

/** All that is not ours, to be compared as it is. */
export function others(seen: Seen, ours: Ours): Data {
  const marked = [
    ...ours.stacks.flatMap((stack) => ownedBy(seen, stack)),
    ...ours.granted.flatMap((arn) => grantedTo(seen, arn)),
  ];
  const owned = new Set(marked);
  const names = ours.stacks.flatMap((stack) => namesIn(seen.stacks[stack]?.parameters ?? {}));
  const isOurs = (key: string) =>
    names.some((name) => key.endsWith(name)) || ours.roles.some((arn) => key.includes(`${arn}|`));
  return {
    // Behind a text without a line end, an entry begins with one.
    mapRoles: withoutEntries((seen.mapRoles ?? "").replace(/[^\n]$/, "$&\n"), ours.roles),
    awsAuth: seen.awsAuth,
    objects: Object.fromEntries(Object.entries(seen.objects).filter(([name]) => !owned.has(name))),
    resources: Object.fromEntries(Object.entries(seen.resources).filter(([key]) => !isOurs(key))),
  };
}

/** The resources of a stack, by its parameters. */
const namesIn = ({ FunctionName, RoleName }: Readonly<Record<string, string>>): readonly string[] => [
  `AWS::Lambda::Function ${FunctionName}`,
  `AWS::Logs::LogGroup /aws/lambda/${FunctionName}`,
  `AWS::IAM::Role ${RoleName}`,
];

/** The text without the lines of these roles' entries, which begin with `rolearn` in setup's form. */
export function withoutEntries(text: string, arns: readonly string[]): string {
  const lines = text.split(/(?<=\n)/);
  const kept: string[] = [];
  let column: number | undefined;
  for (const line of lines) {
    const [, indent = "", arn] = /^( *)- rolearn: ["']?(\S+?)["']?\s*$/.exec(line) ?? [];
    const isBehind = column !== undefined && new RegExp(`^ {${column + 1},}\\S`).test(line);
    if (arn !== undefined) column = arns.includes(arn) ? indent.length : undefined;
    else if (!isBehind) column = undefined;
    if (column === undefined) kept.push(line);
  }
  return kept.join("");
}

/** The user that the cluster takes the role for, and what it lets it do in which namespaces. */
export interface Rights {
  readonly user: string | undefined;
  /** `default: create deployments.apps`, in order. */
  readonly may: readonly string[];
}

export async function rightsOf(world: World, seen: Seen, roleName: string): Promise<Rights> {
  const credentials = world.sandbox().assumeRole(roleName);
  const answer = await world.kube("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    token: await world.token(credentials),
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  });
  if (answer.status === 401) return { user: undefined, may: [] };
  const { username, groups = [] } = answer.body.status.userInfo;
  const names = ({ kind, name }: Data) =>
    kind === "User" ? name === username : kind === "Group" && groups.includes(name);
  const may = Object.entries(seen.objects)
    .filter(([key, { subjects = [] }]) => /^(Cluster)?RoleBinding /.test(key) && subjects.some(names))
    .flatMap(([key, { roleRef }]) => {
      const namespace = / (.*)\//.exec(key)?.[1] ?? "";
      const role =
        seen.objects[roleRef.kind === "Role" ? `Role ${namespace}/${roleRef.name}` : `ClusterRole /${roleRef.name}`];
      return (role?.rules ?? []).flatMap((rule: Data) =>
        shown(rule).map((right) => `${namespace || "everywhere"}: ${right}`),
      );
    });
  return { user: username, may: [...new Set(may)].sort() };
}

const shown = ({ verbs, apiGroups = [""], resources = [], nonResourceURLs = [], resourceNames = [] }: Data): string[] =>
  verbs.flatMap((verb: string) => [
    ...resources.flatMap((resource: string) =>
      apiGroups.map((group: string) => [verb, group ? `${resource}.${group}` : resource, ...resourceNames].join(" ")),
    ),
    ...nonResourceURLs.map((url: string) => `${verb} ${url}`),
  ]);
