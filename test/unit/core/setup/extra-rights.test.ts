import { expect, test } from "vitest";
import type { AccessPolicy, Eks } from "../../../../src/core/aws/eks.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { isGivenByOthers, refuseExtraRights } from "../../../../src/core/setup/extra-rights.ts";
import type { Target } from "../../../../src/core/setup/target.ts";

const target = {
  ...{ region: "us-east-1", owner: "111122223333/us-east-1/eks-lambda-demo" },
  cluster: { exists: true, name: "demo", namespace: "default" },
  ...{ roleArn: "arn:aws:iam::111122223333:role/f", username: "lambda", rbacName: "lambda-create-deployments" },
  access: { readsEntries: true },
  rights: { needs: [{ group: "apps", resource: "deployments", verbs: ["create"] }], earlier: [], source: "stock" },
} as unknown as Target;

/** Everybody may do everything. `paths`: what can be read. */
const kubeWith = (paths: (path: string) => unknown) => ({
  request: async <T>({ path }: { readonly path: string }) =>
    (path.endsWith("subjectaccessreviews") ? { status: { allowed: true } } : paths(path)) as T,
});
const also = '"lambda" may also list deployments.apps @default';
const nothing = (path: string) =>
  path.endsWith("bindings") ? { kind: "List", metadata: {}, items: [] } : { rules: null };

const eksWith = (...policies: readonly AccessPolicy[]) => ({ accessPolicies: async () => policies });
const unlisted = {
  accessPolicies: async () => {
    throw new EksLambdaError("AwsForbidden", "the caller may not call eks:ListAssociatedAccessPolicies");
  },
};
const excess = (
  paths: (path: string) => unknown,
  eks: Pick<Eks, "accessPolicies"> = eksWith(),
  changes: Partial<Target> = {},
) => refuseExtraRights({ kube: kubeWith(paths), eks }, { ...target, ...changes });

test.each<[string, Pick<Eks, "accessPolicies">, Partial<Target>, string | undefined]>([
  ["by an unknown authorizer", eksWith(), {}, undefined],
  [
    "perhaps by an access policy, where the caller may not list them",
    unlisted,
    {},
    "could not check whether the access entry has access policies: the caller may not call eks:ListAssociatedAccessPolicies",
  ],
  [
    "by an unknown authorizer, where there are no access entries",
    unlisted,
    { access: { readsEntries: false } as Target["access"] },
    undefined,
  ],
])("a right that no binding gives is there %s", async (_, eks, changes, hint) => {
  const message = `${also}, and no binding gives it this right: another authorizer of the cluster does`;
  await expect(excess(nothing, eks, changes)).rejects.toMatchObject({ code: "RightsTooWide", message, hint });
});

test("access policies are named with their scope, and the commands that take them away", async () => {
  const arn = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`;
  const policies = [
    { arn: arn("AmazonEKSClusterAdminPolicy"), namespaces: [] },
    { arn: arn("AmazonEKSEditPolicy"), namespaces: ["shop", "dev-*"] },
  ];
  const roles = { roles: { rules: [] } };
  const mayNot = { request: async <T>() => ({ status: { allowed: false }, ...roles }) as T };
  const command = "aws eks disassociate-access-policy --cluster-name demo --principal-arn";
  await expect(refuseExtraRights({ kube: mayNot, eks: eksWith(...policies) }, target)).rejects.toMatchObject({
    code: "RightsTooWide",
    message:
      "the access entry of arn:aws:iam::111122223333:role/f has the access policies AmazonEKSClusterAdminPolicy for the cluster, AmazonEKSEditPolicy in shop and dev-*: rights that no Role and no binding shows",
    hint: [
      `take AmazonEKSClusterAdminPolicy away: ${command} arn:aws:iam::111122223333:role/f --policy-arn ${arn("AmazonEKSClusterAdminPolicy")} --region us-east-1`,
      `take AmazonEKSEditPolicy away: ${command} arn:aws:iam::111122223333:role/f --policy-arn ${arn("AmazonEKSEditPolicy")} --region us-east-1`,
    ].join("\n"),
  });
});

test("a caller who may not read bindings is told who can", async () => {
  const forbidden = () => {
    throw new EksLambdaError("Forbidden", "no");
  };
  await expect(excess(forbidden)).rejects.toMatchObject({
    message: `${also}, and you may not read the binding that gives it this right`,
    hint: expect.stringMatching(/^ask someone who may: kubectl get .* -e lambda -e system:authenticated$/),
  });
});

test.each([
  ["all of it", { verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, true],
  ["the right", { verbs: ["get", "list"], apiGroups: ["apps"], resources: ["deployments"] }, true],
  ["another verb", { verbs: ["get"], apiGroups: ["apps"], resources: ["deployments"] }, false],
  ["another group", { verbs: ["list"], apiGroups: [""], resources: ["deployments"] }, false],
  ["one object", { verbs: ["list"], apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"] }, false],
  ["paths", { verbs: ["*"], nonResourceURLs: ["*"] }, false],
] as const)("a binding to a Role with %s is named: %j is %s", async (_, rule, isNamed) => {
  const readers = {
    metadata: { name: "readers", namespace: "default" },
    roleRef: { kind: "Role", name: "reader" },
    subjects: [{ kind: "Group", name: "system:authenticated" }],
  };
  const paths = (path: string) => {
    if (path.endsWith("/rolebindings")) return { kind: "List", metadata: {}, items: [readers] };
    return path.endsWith("/namespaces/default/roles/reader") ? { rules: [rule] } : nothing(path);
  };
  const error = await excess(paths).catch((thrown: Error) => thrown);
  expect(error?.message.includes("by RoleBinding default/readers (Role reader) to Group system:authenticated")).toBe(
    isNamed,
  );
});

const bindingOf = (name: string) => ({
  metadata: { name },
  roleRef: { kind: "ClusterRole", name: "admin" },
  subjects: [{ kind: "User", name: "lambda" }],
});
const boundBy =
  (...names: readonly string[]) =>
  (path: string) => {
    if (path.endsWith("/clusterrolebindings")) return { kind: "List", metadata: {}, items: names.map(bindingOf) };
    const rules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
    return path.endsWith("/clusterroles/admin") ? { rules } : nothing(path);
  };
const policy = { arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy", namespaces: [] };
const unreadable = () => {
  throw new EksLambdaError("Forbidden", "no");
};

test.each([
  ["a binding of others", boundBy("other"), eksWith(), true],
  ["an access policy", nothing, eksWith(policy), true],
  ["what nobody sees: a binding that was just deleted, perhaps", nothing, eksWith(), false],
  ["what the caller may not read", unreadable, eksWith(), false],
])("%s gives a right for good: %j", async (_, paths, eks, expected) => {
  expect(await isGivenByOthers({ kube: kubeWith(paths), eks }, target)).toBe(expected);
});
