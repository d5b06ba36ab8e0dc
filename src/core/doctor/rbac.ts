/** May the role's user do what the actions need? Asked of the API server, about another. */
import { allNeeds, type PolicyRule } from "../actions/index.ts";
import { EksLambdaError } from "../errors.ts";
import { noNamespace } from "../kube/errors.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { showResources, showRules } from "../rbac/objects.ts";
import type { Identity } from "./facts.ts";
import { type Link, looking } from "./link.ts";

export const rbac: Link = {
  id: "rbac",
  after: ["mapping"],
  async prove({ kube, identity, namespace, expectedUser }) {
    const [api, user, where] = [await kube(), await identity(), await namespace()];
    const needs = allNeeds();
    await refuseNoNamespace(api, where);
    for (const rule of needs) {
      if (await looking(mayAll(api, user, { rule, namespace: where }))) continue;
      const grantedBy = (await expectedUser()) === undefined ? "hand" : "setup";
      throw rightMissing({ username: user.username, rule, namespace: where, grantedBy });
    }
    return `"${user.username}" may ${showRules(needs)} in ${where}`;
  },
};

/** RBAC grants rights in namespaces that are not there. */
async function refuseNoNamespace(kube: Kube, namespace: string): Promise<void> {
  const found = await ifFound(kube.request({ path: `/api/v1/namespaces/${namespace}` })).catch((error: unknown) => {
    if (error instanceof EksLambdaError && error.code === "Forbidden") return "not to be seen";
    throw error;
  });
  if (found) return;
  throw noNamespace(namespace);
}

async function mayAll(
  kube: Kube,
  { username, groups }: Identity,
  { rule, namespace }: { readonly rule: PolicyRule; readonly namespace: string },
): Promise<boolean> {
  const {
    apiGroups: [group],
    resources: [resource],
    verbs,
  } = rule;
  const allowed = await Promise.all(
    verbs.map(async (verb) => {
      const { status } = await kube.request<{ status: { allowed: boolean } }>({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: username,
            groups: [...groups, "system:authenticated"],
            resourceAttributes: { group, resource, verb, namespace },
          },
        },
      });
      return status.allowed;
    }),
  );
  return allowed.every(Boolean);
}

interface MissingRight {
  readonly username: string;
  readonly rule: PolicyRule;
  readonly namespace: string;
  /** `setup` grants the rights of its own function only. */
  readonly grantedBy: "setup" | "hand";
}

/** `RightMissing`, with the command that grants it. */
export function rightMissing({ username, rule, namespace, grantedBy }: MissingRight): EksLambdaError {
  const { resources, verbs } = rule;
  const name = `${verbs.join("-")}-${resources.join("-")}`;
  const byHand = [
    `kubectl create role ${name} --verb=${verbs.join(",")} --resource=${showResources(rule)} --namespace ${namespace}`,
    `kubectl create rolebinding ${name} --role=${name} --user=${quoted(username)} --namespace ${namespace}`,
  ];
  const bySetup = `eks-lambda setup --namespace ${namespace} makes Role and RoleBinding`;
  return new EksLambdaError(
    "RightMissing",
    `"${username}" may not ${showRules([rule])} in the namespace "${namespace}"`,
    { hint: grantedBy === "setup" ? bySetup : byHand.join("\n") },
  );
}

const quoted = (text: string): string => (/^[\w.@:+=,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
