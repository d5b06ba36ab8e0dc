import { describe, expect, test } from "vitest";
import { defaultAllowed, needsOf } from "../../../../src/core/actions/allowed.ts";
import { rbacPath, role, roleBinding, showRules } from "../../../../src/core/rbac/objects.ts";

const options = {
  name: "lambda-create-deployments",
  namespace: "default",
  username: "lambda",
  needs: needsOf(defaultAllowed),
  owner: "111122223333/us-east-1/eks-lambda-demo",
};
const metadata = {
  name: "lambda-create-deployments",
  namespace: "default",
  labels: { "app.kubernetes.io/managed-by": "eks-lambda", "eks-lambda/owner": "4bf5f8e1b8ee77ef6916788a2d63f9d3" },
  annotations: { "eks-lambda/owner": "111122223333/us-east-1/eks-lambda-demo" },
};

test("the Role is what the actions need, and that is to create deployments", () =>
  expect(role(options)).toEqual({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }],
  }));

test("the RoleBinding gives it to one user", () =>
  expect(roleBinding(options)).toEqual({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "lambda-create-deployments" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "lambda" }],
  }));

test.each([
  ["Role", "/apis/rbac.authorization.k8s.io/v1/namespaces/apps/roles"],
  ["RoleBinding", "/apis/rbac.authorization.k8s.io/v1/namespaces/apps/rolebindings"],
] as const)("a %s lives under %s", (kind, path) => expect(rbacPath(kind, "apps")).toBe(path));

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
