/** Requests by callers without the right to them. */
import type { Group } from "../case.ts";
import { answerOf, kubeCase } from "../kube-case.ts";
import { introduce, rbac } from "../people.ts";
import type { Side } from "../side.ts";
import { awsAuth, configMap, core, deployment, deployments, merge, selector, tooLong } from "./values.ts";

const forbidden = [
  ["read aws-auth", "GET", awsAuth],
  ["make aws-auth", "POST", "/api/v1/namespaces/kube-system/configmaps", configMap("aws-auth")],
  ["write aws-auth", "PATCH", awsAuth, { data: {} }],
  ["delete aws-auth", "DELETE", awsAuth],
  ["see a namespace", "GET", core],
  ["list all bindings", "GET", `${rbac}/rolebindings`],
  ["list all bindings of the cluster", "GET", `${rbac}/clusterrolebindings`],
  ["read a Role", "GET", `${rbac}/namespaces/default/roles/any`],
  ["create a Role", "POST", `${rbac}/namespaces/default/roles`, { metadata: { name: "any" } }],
  ["delete a RoleBinding", "DELETE", `${rbac}/namespaces/default/rolebindings/any`],
  ["create a Deployment", "POST", deployments, deployment("any")],
  ["create from more than 3 MiB", "POST", deployments, tooLong],
  ["list Deployments", "GET", `${deployments}?${selector}`],
  ["delete a Deployment", "DELETE", `${deployments}/any`],
  ["ask what another may", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec: { user: "lambda" } }],
  ["read a path without a resource", "GET", "/metrics"],
] as const;

export const forbiddenRequests: Group = {
  title: "Forbidden and unauthorized",
  intro: "A mapped user without rights (403), a refused token (401), and no token (403).",
  prepare: introduce,
  cases: [
    ...forbidden.map(([name, method, path, body]) =>
      kubeCase({ ...{ name, as: "stranger", method, path, body }, ...(method === "PATCH" && { contentType: merge }) }),
    ),
    kubeCase({ name: "list Deployments without a mapping", as: "unmapped", method: "GET", path: deployments }),
    ...[["list Deployments", deployments, undefined] as const, ["read /version", "/version", "major"] as const].map(
      ([name, path, shows]) => ({
        name: `${name} without a token`,
        request: `\`GET ${path}\` without a token`,
        ask: async (side: Side) => answerOf(await side.kube({ method: "GET", path }), shows),
      }),
    ),
  ],
};
