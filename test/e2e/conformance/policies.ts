/** What EKS's access policies permit, beside RBAC. */
import { putEntry, putPolicies } from "./aws/access-entries.ts";
import type { Group } from "./case.ts";
import { answerOf, story } from "./kube-case.ts";
import { isKnown, rbac } from "./people.ts";
import type { Side } from "./side.ts";

const roles = `${rbac}/namespaces/kube-public/roles`;
const create = {
  metadata: { name: "new" },
  rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }],
};
const reviews = "/apis/authorization.k8s.io/v1";
const shop = { type: "namespace", namespaces: ["shop", "dev-*"] };
const cluster = { type: "cluster" };

const rights: Readonly<Record<string, object>> = {
  "list pods @shop": { verb: "list", resource: "pods", namespace: "shop" },
  "list pods @dev-a": { verb: "list", resource: "pods", namespace: "dev-a" },
  "list pods @default": { verb: "list", resource: "pods", namespace: "default" },
  "list pods @*": { verb: "list", resource: "pods" },
  "get namespaces/shop": { verb: "get", resource: "namespaces", namespace: "shop", name: "shop" },
  "create deployments @shop": { verb: "create", group: "apps", resource: "deployments", namespace: "shop" },
  "create deployments @default": { verb: "create", group: "apps", resource: "deployments", namespace: "default" },
  "create pods/exec @shop": { verb: "create", resource: "pods", subresource: "exec", namespace: "shop" },
  "get secrets @shop": { verb: "get", resource: "secrets", namespace: "shop" },
  "create roles @shop": { verb: "create", group: "rbac.authorization.k8s.io", resource: "roles", namespace: "shop" },
  "list nodes @*": { verb: "list", resource: "nodes" },
  "create clusterroles @*": { verb: "create", group: "rbac.authorization.k8s.io", resource: "clusterroles" },
};

/** The scopes of an entry's policies. */
type Policies = Readonly<Record<string, object>>;

const give = (side: Side, policies: Policies) => putPolicies(side, "asked", policies);

const permitted = (name: string, policies: Policies) =>
  story({
    name,
    request: "`POST …/selfsubjectaccessreviews`",
    as: "asked",
    async tell(ask, side) {
      await give(side, policies);
      const may = async ([right, resourceAttributes]: readonly [string, object]) => {
        const { body } = await ask("POST", `${reviews}/selfsubjectaccessreviews`, { spec: { resourceAttributes } });
        return (body as { status: { allowed: boolean } }).status.allowed ? [right] : [];
      };
      const found = (await Promise.all(Object.entries(rights).map(may))).flat();
      return { status: 200, reason: "", message: found.join(", ") || "nothing" };
    },
  });

const all = { AmazonEKSClusterAdminPolicy: cluster };
const configMaps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const byPolicy = (name: string, policies: Policies, method: string, path: string, body?: object) =>
  story({
    name,
    request: `\`${method} ${path}\` by asked`,
    as: "asked",
    async tell(ask, side) {
      await give(side, policies);
      return answerOf(await ask(method, path, body), "kind");
    },
  });

export const accessPolicies: Group = {
  title: "Access policies",
  intro: "A role with an access entry, no groups, no bindings, and the case's access policies.",
  async prepare(side) {
    await side.backend.describe("demo", { authenticationMode: "API_AND_CONFIG_MAP" });
    await side.credentials("asked");
    await putEntry(side, "asked", { username: "asked" });
    await isKnown(side, "asked", "asked");
  },
  cases: [
    permitted("none", {}),
    permitted("AmazonEKSViewPolicy for the cluster", { AmazonEKSViewPolicy: cluster }),
    permitted("AmazonEKSViewPolicy in namespaces", { AmazonEKSViewPolicy: shop }),
    permitted("AmazonEKSEditPolicy for the cluster", { AmazonEKSEditPolicy: cluster }),
    permitted("AmazonEKSEditPolicy in namespaces", { AmazonEKSEditPolicy: shop }),
    permitted("AmazonEKSAdminPolicy for the cluster", { AmazonEKSAdminPolicy: cluster }),
    permitted("AmazonEKSAdminPolicy in namespaces", { AmazonEKSAdminPolicy: shop }),
    permitted("AmazonEKSAdminViewPolicy for the cluster", { AmazonEKSAdminViewPolicy: cluster }),
    permitted("AmazonEKSClusterAdminPolicy for the cluster", all),
    permitted("AmazonEKSClusterAdminPolicy in namespaces", { AmazonEKSClusterAdminPolicy: shop }),
    permitted("two of them", { AmazonEKSViewPolicy: cluster, AmazonEKSEditPolicy: shop }),
    permitted("taken away again", {}),
    byPolicy("a request that a policy permits", { AmazonEKSViewPolicy: cluster }, "GET", configMaps("kube-public")),
    byPolicy("one in another namespace", { AmazonEKSViewPolicy: shop }, "GET", configMaps("kube-public")),
    byPolicy("a path", all, "GET", "/api/v1"),
    byPolicy("a Role with rights by a policy", { AmazonEKSAdminPolicy: cluster }, "POST", roles, create),
    byPolicy("a Role, by a policy that lets escalate", all, "POST", roles, create),
    story({
      name: "what another says of the user",
      request: "`POST …/subjectaccessreviews`",
      async tell(ask, side) {
        await give(side, all);
        const spec = { user: "asked", resourceAttributes: rights["list nodes @*"] };
        return answerOf(await ask("POST", `${reviews}/subjectaccessreviews`, { spec }), "status.allowed");
      },
    }),
    story({
      name: "what the user may, by rules",
      request: "`POST …/selfsubjectrulesreviews`",
      as: "asked",
      async tell(ask, side) {
        await give(side, all);
        const answer = await ask("POST", `${reviews}/selfsubjectrulesreviews`, { spec: { namespace: "default" } });
        return answerOf(answer, ["status.incomplete", "status.evaluationError"]);
      },
    }),
  ],
};
