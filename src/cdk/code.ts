/** What the function may do, and its code. */
import { codeWith } from "../core/actions/allowed.ts";
import type { Kind } from "./kinds.ts";

const actions = ["apply", "delete", "get"];

/**
 * A list of `Allowed` in JavaScript: each action with each kind in each namespace. As JSON it would fill the template of an
 * app with many namespaces.
 */
const listOf = (kinds: readonly Kind[], namespaces: readonly string[]): string =>
  `${JSON.stringify(actions)}.flatMap(action=>${JSON.stringify(kinds)}.flatMap(kind=>(kind.clusterScoped?["*"]:${JSON.stringify(namespaces)}).map(namespace=>({action,...kind,namespace}))))`;

/** By the code of an error, what the author of an app does. The function's own hints are for who ran `setup`. */
const hints = {
  NotAllowed:
    "name its namespace in `namespaces` of EksLambda in the CDK app, or its kind in `kinds`, and deploy the app again",
  Forbidden:
    "set `accessPolicy` of EksLambda in the CDK app to one that covers it; with `rbac: true`, apply what `cdk synth` prints",
  Unauthorized:
    "the function's access entry is the resource AccessEntry of EksLambda: see that `aws eks list-access-entries` still shows it",
  TlsFailed:
    "the cluster's CA may have been rotated: deploy the CDK app again, with the CA of today if the cluster is imported",
  DnsFailed:
    "if the cluster was deleted and created again, deploy the CDK app again; a private endpoint resolves only in its VPC: `vpc` of EksLambda",
};

/** The code of the function: the built one, without other actions. Without `namespaces`, for the whole cluster. */
export const functionCode = (code: string, kinds: readonly Kind[], namespaces: readonly string[] = ["*"]): string =>
  codeWith(listOf(kinds, namespaces), { actions, code }).replace(
    /^(?=const ALLOWED=)/m,
    () => `const HINTS=${JSON.stringify(hints)};\n`,
  );

/** The verbs that the three actions need. */
const verbs = ["create", "delete", "get", "list", "patch", "watch"];

export interface Subject {
  readonly name: string;
  readonly user: string;
}

/** Role and RoleBinding in each namespace; for the whole cluster, ClusterRole and ClusterRoleBinding. */
export function rolesOf(
  kinds: readonly Kind[],
  namespaces: readonly string[] | undefined,
  { name, user }: Subject,
): readonly object[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const rules = [...new Set(kinds.map(({ group }) => group))].map((group) => ({
    apiGroups: [group],
    resources: kinds.filter((kind) => kind.group === group).map(({ resource }) => resource),
    verbs,
  }));
  const prefix = namespaces ? "" : "Cluster";
  return (namespaces ?? [undefined]).flatMap((namespace) => {
    const common = { apiVersion: `${apiGroup}/v1`, metadata: { name, ...(namespace !== undefined && { namespace }) } };
    return [
      { ...common, kind: `${prefix}Role`, rules },
      {
        ...common,
        kind: `${prefix}RoleBinding`,
        roleRef: { apiGroup, kind: `${prefix}Role`, name },
        subjects: [{ apiGroup, kind: "User", name: user }],
      },
    ];
  });
}
