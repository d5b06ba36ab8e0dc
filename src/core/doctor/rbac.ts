/** Does the role's user have the rights that the actions need? Asks the API server with SubjectAccessReviews. */
import { allNeeds } from "../actions/index.ts";
import { EksLambdaError } from "../errors.ts";
import { noNamespace } from "../kube/errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { attributesOf, placedIn } from "../kube/review.ts";
import { bindingsOf } from "../rbac/bindings.ts";
import type { Identity } from "./facts.ts";
import { type Link, looking } from "./link.ts";

export const rbac: Link = {
  id: "rbac",
  after: ["mapping"],
  async prove({ kube, identity, namespace, expectedUser }) {
    const [api, user, where] = [await kube(), await identity(), await namespace()];
    await refuseNoNamespace(api, where);
    if ((await expectedUser()) === undefined) return rightsOfAnother(api, user, where);
    const needs = allNeeds().map((need) => placedIn(where, need));
    for (const need of needs) {
      if (await looking(mayAll(api, user, need))) continue;
      throw rightMissing(user.username, need);
    }
    return `"${user.username}" may ${needs.map(formatNeed).join("; ")}`;
  },
};

/** RBAC also grants rights in namespaces that do not exist. */
async function refuseNoNamespace(kube: Kube, namespace: string): Promise<void> {
  const found = await ifFound(kube.request({ path: `/api/v1/namespaces/${namespace}` })).catch((error: unknown) => {
    if (error instanceof EksLambdaError && error.code === "Forbidden") return "not to be seen";
    throw error;
  });
  if (found) return;
  throw noNamespace(namespace);
}

async function mayAll(kube: Kube, { username, groups }: Identity, need: Need): Promise<boolean> {
  const allowed = await Promise.all(
    attributesOf(need).map(async (resourceAttributes) => {
      const { status } = await kube.request<{ status: { allowed: boolean } }>({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: { user: username, groups: [...groups, "system:authenticated"], resourceAttributes },
        },
      });
      return status.allowed;
    }),
  );
  return allowed.every(Boolean);
}

/** Returns `RightMissing`. */
export const rightMissing = (username: string, need: Need): EksLambdaError =>
  new EksLambdaError("RightMissing", `"${username}" may not ${formatNeed(need)}`, {
    hint: `eks-lambda setup --namespace ${need.namespace} creates Role and RoleBinding`,
  });

/** Lists the bindings of another role's user, whose needs are unknown. Throws `RightMissing` if there are none. */
async function rightsOfAnother(kube: Kube, { username, groups }: Identity, namespace: string): Promise<string> {
  if (groups.includes("system:masters")) return `"${username}" is in system:masters, and may do everything`;
  const bindings = await looking(bindingsOf(kube, { username, groups, namespace }));
  if (bindings.length > 0) return `"${username}" has rights in ${namespace} by ${bindings.join(", ")}`;
  const binding = `${username.replace(/[^\w.-]+/g, "-")}-view`;
  throw new EksLambdaError(
    "RightMissing",
    `"${username}" has no rights: no RoleBinding in the namespace "${namespace}" and no ClusterRoleBinding names it or its groups`,
    {
      hint: `bind a role with the rights that it needs, for example to read: kubectl create rolebinding ${binding} --clusterrole=view --user=${quoted(username)} --namespace ${namespace}`,
    },
  );
}

const quoted = (text: string): string => (/^[\w.@:+=,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
