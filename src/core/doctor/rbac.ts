/** May the role's user do what the actions need? Asked of the API server, about another. */
import { allNeeds, type PolicyRule } from "../actions/index.ts";
import { EksLambdaError } from "../errors.ts";
import { noNamespace } from "../kube/errors.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { showResources, showRules } from "../rbac/objects.ts";
import { type Identity, type Link, looking } from "./link.ts";

export const rbac: Link = {
  id: "rbac",
  after: ["mapping"],
  async prove({ kube, identity, namespace, expectedUser }) {
    const [api, user, where] = [await kube(), await identity(), await namespace()];
    const needs = allNeeds();
    await refuseNoNamespace(api, where);
    for (const rule of needs) {
      if (await looking(mayAll(api, user, rule, where))) continue;
      throw rightMissing(user, rule, where, (await expectedUser()) !== undefined);
    }
    return `"${user.username}" may ${showRules(needs)} in ${where}`;
  },
};

/** RBAC grants rights in namespaces that are not there. */
async function refuseNoNamespace(kube: Kube, namespace: string): Promise<void> {
  const found = await ifFound(kube.request("GET", `/api/v1/namespaces/${namespace}`)).catch((error: unknown) => {
    if (error instanceof EksLambdaError && error.code === "Forbidden") return "not to be seen";
    throw error;
  });
  if (found) return;
  throw noNamespace(namespace);
}

async function mayAll(
  kube: Kube,
  { username, groups }: Identity,
  { apiGroups: [group], resources: [resource], verbs }: PolicyRule,
  namespace: string,
): Promise<boolean> {
  const allowed = await Promise.all(
    verbs.map(async (verb) => {
      const { status } = await kube.request<{ status: { allowed: boolean } }>(
        "POST",
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: username,
            groups: [...groups, "system:authenticated"],
            resourceAttributes: { group, resource, verb, namespace },
          },
        },
      );
      return status.allowed;
    }),
  );
  return allowed.every(Boolean);
}

/** With the Role that would grant it: by setup when the role is the function's, by hand in any case. */
export function rightMissing(
  { username }: Pick<Identity, "username">,
  { apiGroups: [group], resources, verbs }: PolicyRule,
  namespace: string,
  isOurs: boolean,
): EksLambdaError {
  const rule = { apiGroups: group === undefined ? [] : [group], resources, verbs };
  const resource = showResources(rule);
  const name = `${verbs.join("-")}-${resources.join("-")}`;
  const byHand = [
    `kubectl create role ${name} --verb=${verbs.join(",")} --resource=${resource} --namespace ${namespace}`,
    `kubectl create rolebinding ${name} --role=${name} --user=${quoted(username)} --namespace ${namespace}`,
  ];
  return new EksLambdaError(
    "RightMissing",
    `"${username}" may not ${showRules([rule])} in the namespace "${namespace}"`,
    { hint: (isOurs ? [`eks-lambda setup --namespace ${namespace} makes Role and RoleBinding`] : byHand).join("\n") },
  );
}

const quoted = (text: string): string => (/^[\w.@:+=,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
