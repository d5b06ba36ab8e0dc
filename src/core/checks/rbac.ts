/** May the role's user do what the actions need, and nothing that was not meant? Asked of the API server, about another. */
import { actions, type PolicyRule } from "../actions.ts";
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube.ts";
import { showRules } from "../rbac.ts";
import type { Identity, Link } from "./link.ts";

export const rbac: Link = {
  id: "rbac",
  after: ["mapping"],
  async prove({ kube, identity, target }) {
    const [api, user, { cluster }] = [await kube(), await identity(), await target()];
    const needs = Object.values(actions).flatMap((action) => action.needs);
    for (const rule of needs) await refuseMissing(api, user, rule, cluster.namespace);
    return `"${user.username}" may ${showRules(needs)} in ${cluster.namespace}`;
  },
};

async function refuseMissing(
  kube: Kube,
  { username, groups }: Identity,
  rule: PolicyRule,
  namespace: string,
): Promise<void> {
  for (const verb of rule.verbs) {
    const resourceAttributes = { group: rule.apiGroups[0], resource: rule.resources[0], verb, namespace };
    const { status } = await kube.request<{ status: { allowed: boolean } }>(
      "POST",
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: username, groups: [...groups, "system:authenticated"], resourceAttributes },
      },
    );
    if (status.allowed) continue;
    throw new EksLambdaError(
      "RightMissing",
      `"${username}" may not ${showRules([rule])} in the namespace "${namespace}"`,
      {
        hint: `eks-lambda setup --namespace ${namespace} makes the Role that grants it`,
      },
    );
  }
}
