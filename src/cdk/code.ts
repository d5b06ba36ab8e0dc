/** What the function may do, and its code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Allowed, codeFor } from "../core/actions/allowed.ts";
import type { Kind } from "./kinds.ts";

const actions = ["apply", "delete", "get"];

/** `namespaces` is absent for the whole cluster. */
export const allowedOf = (kinds: readonly Kind[], namespaces: readonly string[] = ["*"]): readonly Allowed[] =>
  actions.flatMap((action) =>
    kinds.flatMap((kind) =>
      (kind.clusterScoped ? ["*"] : namespaces).map((namespace): Allowed => ({ action, ...kind, namespace })),
    ),
  );

/** The built function, without the code of other actions. */
export const functionCode = (allowed: readonly Allowed[]): string =>
  codeFor(allowed, readFileSync(join(__dirname, "../actions/index.js"), "utf8"));

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
