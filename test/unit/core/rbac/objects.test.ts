import { describe, expect, test } from "vitest";
import { parseNeed } from "../../../../src/core/kube/need.ts";
import { pathTo } from "../../../../src/core/kube/place.ts";
import { marksOfOwner } from "../../../../src/core/rbac/cluster-object.ts";
import {
  collection,
  comparable,
  extraRights,
  pairsOf,
  type Role,
  showRules,
  titleOf,
} from "../../../../src/core/rbac/objects.ts";

const owner = "111122223333/us-east-1/eks-lambda-demo";
const apiGroup = "rbac.authorization.k8s.io";
const labels = { "app.kubernetes.io/managed-by": "eks-lambda", "eks-lambda/owner": "4bf5f8e1b8ee77ef6916788a2d63f9d3" };

function pairs(...texts: readonly string[]) {
  return pairsOf({ name: "web", users: ["lambda"], needs: texts.map(parseNeed), marks: () => marksOfOwner(owner) });
}

test("one namespace has a Role, and a RoleBinding that gives it to the user", () => {
  const metadata = { name: "web", namespace: "shop", labels, annotations: { "eks-lambda/owner": owner } };
  expect(pairs("create deployments.apps @shop")).toEqual([
    {
      role: {
        ...{ apiVersion: `${apiGroup}/v1`, kind: "Role", metadata },
        rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }],
      },
      binding: {
        ...{ apiVersion: `${apiGroup}/v1`, kind: "RoleBinding", metadata },
        roleRef: { apiGroup, kind: "Role", name: "web" },
        subjects: [{ apiGroup, kind: "User", name: "lambda" }],
      },
    },
  ]);
});

test("each namespace has its own pair, and the cluster has one", () => {
  const made = pairs("get pods @a", "get,list nodes @*", "list pods @a", "get secrets tls @b", "create namespaces @*");
  expect(made.map(({ role, binding }) => [titleOf(role), comparable(role), comparable(binding)])).toEqual([
    ["a/role/web", "get,list pods", "Role web to User lambda"],
    ["clusterrole/web", "create namespaces\nget,list nodes", "ClusterRole web to User lambda"],
    ["b/role/web", "get secrets tls", "Role web to User lambda"],
  ]);
});

test.each([
  ["Role", "apps", "/apis/rbac.authorization.k8s.io/v1/namespaces/apps/roles"],
  ["RoleBinding", "apps", "/apis/rbac.authorization.k8s.io/v1/namespaces/apps/rolebindings"],
  ["ClusterRoleBinding", undefined, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"],
] as const)("a %s in %s lives under %s", (kind, namespace, path) =>
  expect(pathTo(collection(kind, namespace))).toBe(path),
);

const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }];

describe("rules are shown", () => {
  test.each([
    ["as kubectl names resources", rules, "create deployments.apps"],
    [
      "without a group for the core's",
      [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
      "get,list pods",
    ],
    [
      "each on its own",
      [...rules, { apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      "create deployments.apps; get pods",
    ],
    [
      "with their names",
      [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"], resourceNames: ["x"] }],
      "get deployments.apps x",
    ],
    [
      "as one for each resource and group",
      [{ apiGroups: ["", "apps"], resources: ["pods/log", "deployments"], verbs: ["get"] }],
      "get pods/log; get deployments; get pods.apps/log; get deployments.apps",
    ],
    [
      "with what else they say",
      [{ apiGroups: [], resources: [], verbs: ["get"], nonResourceURLs: ["/metrics"] }],
      'get {"nonResourceURLs":["/metrics"]}',
    ],
    ["as nothing, where there are none", undefined, ""],
    ["as nothing, where the API server writes null", null, ""],
  ])("%s", (_, rules, expected) => expect(showRules(rules)).toBe(expected));
});

test("a rule whose parts are too many to be shown is shown by their numbers, and equals none of ours", () => {
  const many = Array.from({ length: 20_000 }, (_, at) => `a${at}`);
  const role = (more: object) => ({ rules: [{ apiGroups: ["apps"], resources: ["pods"], verbs: ["get"], ...more }] });
  const wanted = { ...pairs("get pods.apps @shop")[0]?.role, ...role({}) } as Role;
  const wide = { ...wanted, ...role({ apiGroups: many, resources: many }) };
  expect(comparable(wide)).toBe("1 verbs on 20000 resources of 20000 groups");
  expect(extraRights(wide, wanted)).toEqual(["1 verbs on 20000 resources of 20000 groups"]);
  const named = { ...wanted, ...role({ verbs: many, resourceNames: many }) };
  expect(extraRights(named, wanted)).toEqual(["20000 verbs on 1 resources of 1 groups"]);
});
